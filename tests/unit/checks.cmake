add_executable(test_descriptors ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_descriptors.c)
target_link_libraries(test_descriptors PRIVATE worker_modules PkgConfig::CMOCKA)
add_test(NAME unit_descriptors COMMAND test_descriptors)

# Topics, clocks and memory, with what lies beneath caught by the linker.
foreach(pair alloc:malloc,--wrap=calloc,--wrap=realloc topic_watch:intake_check_topics,--wrap=intake_join clock_jump:clock_gettime)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 module)
  list(GET pair 1 caught)
  add_executable(test_${module} ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_${module}.c)
  target_link_options(test_${module} PRIVATE -Wl,--wrap=${caught})
  target_link_libraries(test_${module} PRIVATE worker_modules PkgConfig::CMOCKA)
  add_test(NAME unit_${module} COMMAND test_${module})
endforeach()
