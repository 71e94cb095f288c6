# libautohttp. The objects are compiled once: for the shared library, whose only symbols are those of autohttp.h, and for
# the programs of this tree that look behind it (unit tests).
file(GLOB LIBRARY_SOURCES CONFIGURE_DEPENDS src/*.c)
add_library(autohttp_producer STATIC ${LIBRARY_SOURCES})
set_target_properties(autohttp_producer PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
target_include_directories(autohttp_producer PUBLIC include PRIVATE src)
target_link_libraries(autohttp_producer PUBLIC autohttp_codec PkgConfig::RDKAFKA Threads::Threads)

add_library(autohttp_library SHARED $<TARGET_OBJECTS:autohttp_producer>)
set_target_properties(autohttp_library PROPERTIES
  OUTPUT_NAME autohttp
  VERSION ${PROJECT_VERSION}
  SOVERSION 0
  PUBLIC_HEADER ${CMAKE_CURRENT_SOURCE_DIR}/include/autohttp.h
  LINK_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/autohttp.map)
target_include_directories(autohttp_library PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>)
target_link_libraries(autohttp_library PRIVATE autohttp_codec PkgConfig::RDKAFKA Threads::Threads)
target_link_options(autohttp_library PRIVATE
  -Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/src/autohttp.map -Wl,--exclude-libs,ALL)
if(NOT AUTOHTTP_SANITIZE)
  target_link_options(autohttp_library PRIVATE -Wl,--no-undefined)
endif()

configure_file(src/autohttp.pc.in ${CMAKE_CURRENT_BINARY_DIR}/autohttp.pc @ONLY)
install(TARGETS autohttp_library
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library
  PUBLIC_HEADER DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/autohttp.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)

add_manual(libautohttp 3 library)
