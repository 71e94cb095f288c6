# libautohttp's tests. The mock broker is compiled once for the four programs that need one.
set(LIBRARY_UNIT_DIR ${CMAKE_CURRENT_SOURCE_DIR}/unit)

add_library(test_library_broker STATIC ${LIBRARY_UNIT_DIR}/test_library_broker.c)
target_include_directories(test_library_broker PUBLIC ${LIBRARY_UNIT_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/support)
target_link_libraries(test_library_broker PUBLIC autohttp_producer PkgConfig::CMOCKA)

foreach(name codes config task publish threads memory)
  add_executable(test_library_${name} ${LIBRARY_UNIT_DIR}/test_library_${name}.c)
  target_link_libraries(test_library_${name} PRIVATE test_library_broker)
  add_test(NAME unit_library_${name} COMMAND test_library_${name})
endforeach()
if(AUTOHTTP_SANITIZE MATCHES "thread")
  foreach(name config publish threads memory)
    target_sources(test_library_${name} PRIVATE ${LIBRARY_UNIT_DIR}/test_library_c11threads.c)
  endforeach()
endif()
target_include_directories(test_library_codes PRIVATE ${PROJECT_SOURCE_DIR}/producer/src)
target_link_options(test_library_memory PRIVATE -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc)

# The header by itself, in both languages, and a program on the shared library.
add_executable(test_library_header ${LIBRARY_UNIT_DIR}/test_library_header.c)
target_link_libraries(test_library_header PRIVATE autohttp_library)
add_test(NAME unit_library_header COMMAND test_library_header)
set(HEADER_FLAGS -pedantic -Wall -Wextra -Werror -fsyntax-only -I${PROJECT_SOURCE_DIR}/producer/include)
add_test(NAME unit_library_header_c99
  COMMAND ${CMAKE_C_COMPILER} -std=c99 ${HEADER_FLAGS} ${LIBRARY_UNIT_DIR}/test_library_header.c)
foreach(standard 98 11 20)
  add_test(NAME unit_library_header_cxx${standard}
    COMMAND c++ -std=c++${standard} -x c++ ${HEADER_FLAGS} ${LIBRARY_UNIT_DIR}/test_library_header.c)
endforeach()

add_executable(test_library_inline ${LIBRARY_UNIT_DIR}/test_library_inline.c)
target_link_libraries(test_library_inline PRIVATE test_library_broker)
add_test(NAME unit_library_inline COMMAND test_library_inline $<TARGET_FILE:endpoint>)
if(AUTOHTTP_SANITIZE MATCHES "thread")
  target_sources(test_library_inline PRIVATE ${LIBRARY_UNIT_DIR}/test_library_c11threads.c)
endif()

add_executable(test_library_seed ${LIBRARY_UNIT_DIR}/test_library_seed.c)
target_link_libraries(test_library_seed PRIVATE test_library_broker)
add_test(NAME unit_library_seed COMMAND test_library_seed
  ${PROJECT_SOURCE_DIR}/schemas/examples/valid/row.success-on-a-step.json
  ${PROJECT_SOURCE_DIR}/schemas/examples/valid/row.sending-on-a-ladder.json)
foreach(name form json_text)
  add_executable(test_${name} ${LIBRARY_UNIT_DIR}/test_${name}.c)
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/producer/src)
  target_link_libraries(test_${name} PRIVATE test_library_broker)
  add_test(NAME unit_${name} COMMAND test_${name})
endforeach()

add_executable(test_library_follower ${LIBRARY_UNIT_DIR}/test_library_follower.c)
target_link_libraries(test_library_follower PRIVATE test_library_broker)
target_link_options(test_library_follower PRIVATE -Wl,--wrap=rd_kafka_flush -Wl,--wrap=rd_kafka_produceva)
add_test(NAME unit_library_follower COMMAND test_library_follower
  ${PROJECT_SOURCE_DIR}/schemas/examples/valid/event.attempt.json)
if(AUTOHTTP_SANITIZE MATCHES "thread")
  target_sources(test_library_follower PRIVATE ${LIBRARY_UNIT_DIR}/test_library_c11threads.c)
endif()

add_executable(test_library_tls ${LIBRARY_UNIT_DIR}/test_library_tls.c)
target_link_libraries(test_library_tls PRIVATE test_library_broker)
add_test(NAME unit_library_tls COMMAND test_library_tls)
