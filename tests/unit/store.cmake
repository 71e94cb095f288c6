# The local database and the admin port.
foreach(module store store_seed store_damage key_filter tails admin admin_connections admin_query admin_thread answer)
  add_executable(test_${module} ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_${module}.c)
  target_link_libraries(test_${module} PRIVATE worker_modules PkgConfig::CMOCKA)
  add_test(NAME unit_${module} COMMAND test_${module})
endforeach()
foreach(module store store_seed)
  target_sources(test_${module} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/store_fixture.c)
endforeach()
