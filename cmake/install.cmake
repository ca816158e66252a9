# make install: program, library, headers, CMake package, pkg-config file, man pages.
include(CMakePackageConfigHelpers)

install(TARGETS tether RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS libtether EXPORT tether-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY tether/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tether
        FILES_MATCHING PATTERN "*.h" PATTERN "cli" EXCLUDE PATTERN "internal" EXCLUDE)
install(EXPORT tether-targets NAMESPACE tether:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tether)
configure_package_config_file(cmake/tether-config.cmake.in ${CMAKE_BINARY_DIR}/tether-config.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tether)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/tether-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/tether-config.cmake ${CMAKE_BINARY_DIR}/tether-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tether)
# Wherever it is installed to: `cmake --install --prefix` comes after this.
file(RELATIVE_PATH TETHER_PC_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/tether.pc.in ${CMAKE_BINARY_DIR}/tether.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/tether.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
