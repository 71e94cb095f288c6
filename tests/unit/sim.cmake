# The simulator: the worker with ports of its own. Its objects come before the worker's library, so that of the ports there
# only what it lacks would be taken.
file(GLOB SIM_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/sim/*.c)
add_library(sim_world OBJECT ${SIM_SOURCES})
target_include_directories(sim_world PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/sim)
target_link_libraries(sim_world PUBLIC worker_modules)
add_executable(sim)
target_link_libraries(sim PRIVATE sim_world)
