# The codec: schemas/codec, and the schemas held against it (tests/contracts).
foreach(module arena base64 buffer control_json coords decimal detail_json event_json header http_lines http_status json json_flat plain rc row_json state_text suggest task_json topic_rules topics url utf8)
  add_executable(test_${module} ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_${module}.c)
  target_link_libraries(test_${module} PRIVATE autohttp_codec PkgConfig::CMOCKA)
  add_test(NAME unit_${module} COMMAND test_${module})
endforeach()
# The tests of failed allocations put their own functions below cJSON, curl and the codec.
target_link_libraries(test_task_json PRIVATE PkgConfig::CJSON PkgConfig::CURL)
target_link_options(test_task_json PRIVATE -Wl,--wrap=malloc,--wrap=realloc)
target_link_libraries(test_json PRIVATE PkgConfig::CJSON)

add_executable(codec_judge ${CMAKE_CURRENT_SOURCE_DIR}/contracts/codec_judge.c)
target_link_libraries(codec_judge PRIVATE autohttp_codec)
add_test(NAME contracts_examples
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/contracts/check examples $<TARGET_FILE:codec_judge>)
add_test(NAME contracts_mutations
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/contracts/check mutations $<TARGET_FILE:codec_judge>)
# The names of the library that this one rebuilds, each with the tests named after it.
add_test(NAME contracts_seed_rows COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/contracts/seed_rows)
# Every public function that may allocate is called where allocations fail.
add_test(NAME contracts_allocations COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/contracts/allocations)
