# Cleaning, with the questions to the broker caught by the linker.
add_executable(test_clean ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_clean.c)
target_link_options(test_clean PRIVATE -Wl,--wrap=intake_query_end)
target_link_libraries(test_clean PRIVATE worker_modules PkgConfig::CMOCKA)
add_test(NAME unit_clean COMMAND test_clean)
