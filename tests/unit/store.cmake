# The local database and the admin port.
foreach(module store store_seed store_damage key_filter tails admin admin_connections admin_query admin_thread answer)
  add_executable(test_${module} ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_${module}.c)
  target_link_libraries(test_${module} PRIVATE worker_modules PkgConfig::CMOCKA)
  add_test(NAME unit_${module} COMMAND test_${module})
endforeach()
foreach(module store store_seed)
  target_sources(test_${module} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/store_fixture.c)
endforeach()

# A disk that fails: the shared object is loaded before the C library.
add_library(disk_faults MODULE ${CMAKE_CURRENT_SOURCE_DIR}/support/disk_faults.c)
target_link_libraries(disk_faults PRIVATE ${CMAKE_DL_LIBS})
set_target_properties(disk_faults PROPERTIES PREFIX "")
add_executable(test_store_faults ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_store_faults.c)
target_link_libraries(test_store_faults PRIVATE worker_modules PkgConfig::CMOCKA)
target_compile_definitions(test_store_faults PRIVATE DISK_FAULTS="$<TARGET_FILE:disk_faults>")
add_dependencies(test_store_faults disk_faults)
add_test(NAME unit_store_faults COMMAND test_store_faults)

# For tests/bench: rows in `state`, and the least that restoring them costs.
foreach(name state_fill state_loop)
  add_executable(${name} ${CMAKE_CURRENT_SOURCE_DIR}/bench/${name}.c)
  target_link_libraries(${name} PRIVATE worker_modules)
endforeach()
