# The worker's settings, and what every module of it stands on.
foreach(module params params_admin params_value egress host_port)
  add_executable(test_${module} ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_${module}.c)
  target_link_libraries(test_${module} PRIVATE worker_params PkgConfig::CMOCKA)
  add_test(NAME unit_${module} COMMAND test_${module})
endforeach()
target_compile_definitions(test_params PRIVATE
                           PARAMS_MANUAL="${CMAKE_SOURCE_DIR}/producer/man/autohttp.yaml.5.scd")

foreach(module log stats reload)
  add_executable(test_${module} ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_${module}.c)
  target_link_libraries(test_${module} PRIVATE worker_modules PkgConfig::CMOCKA)
  add_test(NAME unit_${module} COMMAND test_${module})
endforeach()
