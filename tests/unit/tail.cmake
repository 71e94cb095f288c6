# The reader of `state`, with the records it reads put in by the linker.
add_executable(test_tail ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_tail.c ${CMAKE_CURRENT_SOURCE_DIR}/unit/store_fixture.c)
target_link_options(test_tail PRIVATE -Wl,--wrap=intake_read,--wrap=intake_release_record)
target_link_libraries(test_tail PRIVATE worker_modules PkgConfig::CMOCKA)
add_test(NAME unit_tail COMMAND test_tail)
