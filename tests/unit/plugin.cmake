# The worker's plugin: shared objects that behave and ones that must be refused, and what the worker makes of them.
function(add_test_plugin name source)
  add_library(${name} MODULE ${CMAKE_CURRENT_SOURCE_DIR}/support/${source})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/worker/include)
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY plugins)
endfunction()

function(add_refused_plugin name symbol abi bytes hook)
  add_test_plugin(${name} plugin_refused.c)
  target_compile_definitions(${name} PRIVATE PLUGIN_SYMBOL=${symbol} PLUGIN_ABI=${abi} "PLUGIN_BYTES=${bytes}"
                             PLUGIN_HOOK=${hook})
endfunction()

add_test_plugin(plugin plugin.c)
add_refused_plugin(plugin_newer autohttp_plugin_get 2 "sizeof(autohttp_plugin_t)" tell)
add_refused_plugin(plugin_short autohttp_plugin_get 1 "sizeof(autohttp_plugin_t)-8" tell)
add_refused_plugin(plugin_hookless autohttp_plugin_get 1 "sizeof(autohttp_plugin_t)" 0)
add_refused_plugin(plugin_nameless another_symbol 1 "sizeof(autohttp_plugin_t)" tell)

add_executable(test_plugin ${CMAKE_CURRENT_SOURCE_DIR}/unit/test_plugin.c)
target_link_libraries(test_plugin PRIVATE worker_modules PkgConfig::CMOCKA)
target_compile_definitions(test_plugin PRIVATE PLUGIN_FOLDER="${CMAKE_CURRENT_BINARY_DIR}/plugins"
                           EXAMPLE_PLUGIN="$<TARGET_FILE:example_plugin>")
add_dependencies(test_plugin plugin plugin_newer plugin_short plugin_hookless plugin_nameless example_plugin)
add_test(NAME unit_plugin COMMAND test_plugin)

# The header by itself, in both languages.
set(PLUGIN_HEADER_FLAGS -pedantic-errors -Wall -Wextra -Werror -fsyntax-only
    -include ${CMAKE_SOURCE_DIR}/worker/include/autohttp_plugin.h /dev/null)
add_test(NAME unit_plugin_header_c99 COMMAND ${CMAKE_C_COMPILER} -std=c99 -x c ${PLUGIN_HEADER_FLAGS})
foreach(standard 11 20)
  add_test(NAME unit_plugin_header_cxx${standard} COMMAND c++ -std=c++${standard} -x c++ ${PLUGIN_HEADER_FLAGS})
endforeach()
