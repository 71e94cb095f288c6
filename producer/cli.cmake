# The command `autohttp`. Its modules are a library of their own, so that the unit tests reach them.
file(GLOB COMMAND_SOURCES CONFIGURE_DEPENDS cli/*.c)
list(FILTER COMMAND_SOURCES EXCLUDE REGEX "/main\\.c$")
add_library(autohttp_command_modules STATIC ${COMMAND_SOURCES})
target_include_directories(autohttp_command_modules PUBLIC cli)
target_link_libraries(autohttp_command_modules PUBLIC autohttp_library worker_params autohttp_codec PkgConfig::RDKAFKA
                      PkgConfig::CURL PkgConfig::MICROHTTPD PkgConfig::OPENSSL Threads::Threads)

add_executable(autohttp_command cli/main.c)
set_target_properties(autohttp_command PROPERTIES OUTPUT_NAME autohttp)
if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr") # below any other prefix the loader would not look for libautohttp
  file(RELATIVE_PATH BIN_TO_LIB ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set_target_properties(autohttp_command PROPERTIES INSTALL_RPATH "$ORIGIN/${BIN_TO_LIB}")
endif()
target_link_libraries(autohttp_command PRIVATE autohttp_command_modules)
install(TARGETS autohttp_command COMPONENT command)

add_manual(autohttp 1 command)
