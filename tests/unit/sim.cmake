# The simulator: the worker with ports of its own. Its objects come before the worker's library, so that of the ports there
# only what it lacks would be taken.
file(GLOB SIM_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/sim/*.c)
add_library(sim_world OBJECT ${SIM_SOURCES})
target_include_directories(sim_world PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/sim)
target_link_libraries(sim_world PUBLIC worker_modules)
add_executable(sim)
target_link_libraries(sim PRIVATE sim_world)
add_test(NAME sim COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/sim/run --sim $<TARGET_FILE:sim>)

# The same with a bug planted in one file of the worker, for each bug: the simulator must find it.
set(SIM_PLANT ${CMAKE_CURRENT_SOURCE_DIR}/sim/plant)
execute_process(COMMAND /usr/bin/python3 ${SIM_PLANT} --list OUTPUT_VARIABLE SIM_BUGS OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${SIM_PLANT})
string(REPLACE "\n" ";" SIM_BUGS "${SIM_BUGS}")
foreach(bug ${SIM_BUGS})
  string(REPLACE " " ";" bug "${bug}")
  list(GET bug 0 name)
  list(GET bug 1 file)
  set(planted ${CMAKE_CURRENT_BINARY_DIR}/planted/${name}/${file})
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/planted/${name})
  add_custom_command(OUTPUT ${planted} DEPENDS ${SIM_PLANT} ${PROJECT_SOURCE_DIR}/worker/${file}
                     COMMAND ${SIM_PLANT} ${name} ${PROJECT_SOURCE_DIR}/worker ${planted})
  add_executable(sim_plant_${name} ${planted})
  target_link_libraries(sim_plant_${name} PRIVATE sim_world)
endforeach()
add_test(NAME sim_planted COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/sim/test_planted ${CMAKE_CURRENT_BINARY_DIR})
set_tests_properties(sim sim_planted PROPERTIES TIMEOUT 600)
