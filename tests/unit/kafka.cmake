# The Kafka ports: unit tests on librdkafka's mock cluster, and a program for a real broker, which tests/run starts.
add_library(test_kafka_fixture STATIC ${CMAKE_CURRENT_SOURCE_DIR}/unit/kafka_fixture.c)
target_include_directories(test_kafka_fixture PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/unit)
target_link_libraries(test_kafka_fixture PUBLIC worker_modules PkgConfig::CMOCKA)

foreach(module intake intake_faults emit)
  add_executable(test_${module} ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_${module}.c)
  target_link_libraries(test_${module} PRIVATE test_kafka_fixture)
  add_test(NAME unit_${module} COMMAND test_${module})
endforeach()

add_executable(test_ports ${CMAKE_CURRENT_SOURCE_DIR}/e2e/test_ports.c)
target_link_libraries(test_ports PRIVATE test_kafka_fixture)

if(AUTOHTTP_SANITIZE MATCHES "thread")
  foreach(name intake intake_faults emit ports)
    target_sources(test_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_library_c11threads.c)
  endforeach()
endif()

# For tests/e2e/test_broker_errors: a mock cluster in a process of its own, and the worker, all but for the question about
# the topics' settings, which a mock does not understand.
add_executable(worker_on_mock ${PROJECT_SOURCE_DIR}/worker/main.c ${CMAKE_CURRENT_SOURCE_DIR}/support/mock_topics.c)
target_link_libraries(worker_on_mock PRIVATE worker_modules)
add_executable(mock_kafka ${CMAKE_CURRENT_SOURCE_DIR}/support/mock_kafka.c)
target_link_libraries(mock_kafka PRIVATE PkgConfig::RDKAFKA)
