# The courier with its endpoint, and the two loops that show what it costs beside bare curl.
add_executable(endpoint ${CMAKE_CURRENT_SOURCE_DIR}/support/endpoint.c
               ${CMAKE_CURRENT_SOURCE_DIR}/support/endpoint_script.c)
add_executable(curl_loop ${CMAKE_CURRENT_SOURCE_DIR}/bench/curl_loop.c)
target_link_libraries(curl_loop PRIVATE PkgConfig::CURL)
add_executable(courier_loop ${CMAKE_CURRENT_SOURCE_DIR}/bench/courier_loop.c)
target_link_libraries(courier_loop PRIVATE worker_modules)

add_library(test_courier_fixture STATIC ${CMAKE_CURRENT_SOURCE_DIR}/unit/courier_fixture.c)
target_include_directories(test_courier_fixture PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/unit)
target_link_libraries(test_courier_fixture PUBLIC worker_modules PkgConfig::CMOCKA)

foreach(module courier courier_tls)
  add_executable(test_${module} ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_${module}.c)
  target_link_libraries(test_${module} PRIVATE test_courier_fixture)
  add_test(NAME unit_${module} COMMAND test_${module} $<TARGET_FILE:endpoint>)
endforeach()
foreach(module outcome clock)
  add_executable(test_${module} ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_${module}.c)
  target_link_libraries(test_${module} PRIVATE worker_modules PkgConfig::CMOCKA)
  add_test(NAME unit_${module} COMMAND test_${module})
endforeach()
