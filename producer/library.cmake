# libautohttp. The objects are compiled once: for the shared library, whose only symbols are those of autohttp.h, for the
# archive, and for the programs of this tree that look behind it (unit tests).
#
# Installed in two components: `library` is what a program needs to run, `development` what it needs to be built.
set(AUTOHTTP_SOVERSION 0) # raised when a symbol goes or changes; tests/install/abi holds that
set(AUTOHTTP_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/autohttp)

file(GLOB LIBRARY_SOURCES CONFIGURE_DEPENDS src/*.c)
add_library(autohttp_producer STATIC ${LIBRARY_SOURCES})
set_target_properties(autohttp_producer PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
target_include_directories(autohttp_producer PUBLIC include PRIVATE src)
target_link_libraries(autohttp_producer PUBLIC autohttp_codec PkgConfig::RDKAFKA PkgConfig::CURL Threads::Threads)

add_library(autohttp_library SHARED $<TARGET_OBJECTS:autohttp_producer>)
set_target_properties(autohttp_library PROPERTIES
  OUTPUT_NAME autohttp
  EXPORT_NAME autohttp
  VERSION ${PROJECT_VERSION}
  SOVERSION ${AUTOHTTP_SOVERSION}
  PUBLIC_HEADER ${CMAKE_CURRENT_SOURCE_DIR}/include/autohttp.h
  LINK_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/autohttp.map)
target_include_directories(autohttp_library PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>)
target_link_libraries(autohttp_library PRIVATE autohttp_codec PkgConfig::RDKAFKA PkgConfig::CURL Threads::Threads)
target_link_options(autohttp_library PRIVATE
  -Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/src/autohttp.map -Wl,--exclude-libs,ALL)
if(NOT AUTOHTTP_SANITIZE)
  target_link_options(autohttp_library PRIVATE -Wl,--no-undefined)
endif()

# The archive holds one object, library and codec linked to one another, in which every symbol that is not autohttp.h's has
# become local: a program may have a json_parse() of its own.
set(ARCHIVE_OBJECT ${CMAKE_CURRENT_BINARY_DIR}/autohttp_archive.o)
set(ARCHIVE_PARTS $<TARGET_OBJECTS:autohttp_producer> $<TARGET_OBJECTS:autohttp_codec>)
add_custom_command(OUTPUT ${ARCHIVE_OBJECT}
  COMMAND ${CMAKE_C_COMPILER} -r -nostdlib -o ${ARCHIVE_OBJECT} ${ARCHIVE_PARTS}
  COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${ARCHIVE_OBJECT}
  DEPENDS ${ARCHIVE_PARTS} COMMAND_EXPAND_LISTS VERBATIM)
set_source_files_properties(${ARCHIVE_OBJECT} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
add_library(autohttp_library_static STATIC ${ARCHIVE_OBJECT})
set_target_properties(autohttp_library_static PROPERTIES
  OUTPUT_NAME autohttp EXPORT_NAME autohttp_static LINKER_LANGUAGE C)
target_include_directories(autohttp_library_static INTERFACE $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>)
target_link_libraries(autohttp_library_static INTERFACE rdkafka curl cjson m Threads::Threads)

# The folder of the .pc file tells its prefix, so an installed tree can be moved.
file(RELATIVE_PATH AUTOHTTP_PC_TO_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" AUTOHTTP_PC_TO_PREFIX "${AUTOHTTP_PC_TO_PREFIX}")
configure_file(src/autohttp.pc.in ${CMAKE_CURRENT_BINARY_DIR}/autohttp.pc @ONLY)

include(CMakePackageConfigHelpers)
configure_package_config_file(autohttpConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/autohttpConfig.cmake
  INSTALL_DESTINATION ${AUTOHTTP_CMAKE_DIR})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/autohttpConfigVersion.cmake COMPATIBILITY SameMajorVersion)

install(TARGETS autohttp_library autohttp_library_static EXPORT autohttpTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
  PUBLIC_HEADER DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT autohttpTargets NAMESPACE autohttp:: DESTINATION ${AUTOHTTP_CMAKE_DIR} COMPONENT development)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/autohttpConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/autohttpConfigVersion.cmake
  DESTINATION ${AUTOHTTP_CMAKE_DIR} COMPONENT development)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/autohttp.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

add_manual(libautohttp 3 development)
