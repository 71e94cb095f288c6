# What a plan writes and in which order, with the records sent caught by the linker.
add_executable(test_ledger ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_ledger.c)
target_link_options(test_ledger PRIVATE -Wl,--wrap=emit_send)
target_link_libraries(test_ledger PRIVATE worker_modules PkgConfig::CMOCKA)
add_test(NAME unit_ledger COMMAND test_ledger)
