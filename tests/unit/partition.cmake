# A partition's life, with what it asks of the intake and sends caught by the linker.
add_executable(test_partition ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_partition.c)
target_link_options(
  test_partition PRIVATE
  -Wl,--wrap=intake_get_stream,--wrap=intake_stream_get_start_offset,--wrap=intake_seek,--wrap=emit_send)
target_link_libraries(test_partition PRIVATE worker_modules PkgConfig::CMOCKA)
add_test(NAME unit_partition COMMAND test_partition)
