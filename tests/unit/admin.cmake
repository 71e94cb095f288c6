# What the admin port asks of other workers and of Kafka; what the brokers would say is put in place by the linker.
function(add_admin_test module)
  add_executable(test_${module} ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_${module}.c)
  target_link_libraries(test_${module} PRIVATE test_kafka_fixture)
  foreach(caught ${ARGN})
    target_link_options(test_${module} PRIVATE -Wl,--wrap=${caught})
  endforeach()
  add_test(NAME unit_${module} COMMAND test_${module})
endfunction()

add_admin_test(admin_owner admin_group_describe)
add_admin_test(admin_forward)
add_admin_test(admin_token)
add_admin_test(admin_content)
