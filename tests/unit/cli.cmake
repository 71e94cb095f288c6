# The modules of the command `autohttp`.
foreach(name admin_port audit_ledger call_log catalog content_print duration exits http_get input json_line moment
    options reason row_table script send_task settings task_page task_query timeline)
  add_executable(test_cli_${name} ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_cli_${name}.c)
  target_link_libraries(test_cli_${name} PRIVATE autohttp_command_modules PkgConfig::CMOCKA)
  add_test(NAME unit_cli_${name} COMMAND test_cli_${name})
endforeach()
foreach(caught owner_find owner_find_any) # what the group would say
  target_link_options(test_cli_admin_port PRIVATE -Wl,--wrap=${caught})
endforeach()
