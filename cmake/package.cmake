# The CMake package of leyden for blocks of one's own: find_package(leyden) works with
# -Dleyden_DIR=<build folder> and, once installed, with the prefix in CMAKE_PREFIX_PATH.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

function(leyden_package_config out head executable includes generator firmware_includes
         firmware_library firmware_script chips golden_package golden_folder)
  set(PACKAGE_HEAD "${head}")
  set(PACKAGE_EXECUTABLE ${executable})
  set(PACKAGE_INCLUDES "${includes}")
  set(PACKAGE_GENERATOR ${generator})
  set(PACKAGE_FIRMWARE_INCLUDES "${firmware_includes}")
  set(PACKAGE_FIRMWARE_LIBRARY ${firmware_library})
  set(PACKAGE_FIRMWARE_SCRIPT ${firmware_script})
  set(PACKAGE_CHIPS ${chips})
  set(PACKAGE_GOLDEN_PACKAGE ${golden_package})
  set(PACKAGE_GOLDEN_FOLDER ${golden_folder})
  configure_file(${PROJECT_SOURCE_DIR}/cmake/leyden-config.cmake.in ${out} @ONLY)
endfunction()

leyden_package_config(${PROJECT_BINARY_DIR}/leyden-config.cmake
  "set(LEYDEN_VERILATE ${PROJECT_SOURCE_DIR}/cmake/verilate.cmake)"
  ${PROJECT_BINARY_DIR}/bin/leyden
  "${PROJECT_SOURCE_DIR};${PROJECT_SOURCE_DIR}/platform/blocks/include;${PROJECT_BINARY_DIR}/generated"
  ${PROJECT_SOURCE_DIR}/scripts/generate_registers.py
  "${PROJECT_SOURCE_DIR}/firmware;${PROJECT_SOURCE_DIR}/firmware/include;${PROJECT_BINARY_DIR}/generated/firmware"
  ${PROJECT_BINARY_DIR}/firmware/libleyden_firmware.a
  ${PROJECT_SOURCE_DIR}/firmware/boot/leyden.ld
  ${PROJECT_SOURCE_DIR}/configs/chips
  ${PROJECT_SOURCE_DIR}/platform/golden/leyden_golden_pkg.sv ${PROJECT_BINARY_DIR}/lib)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/leyden-config-version.cmake
  COMPATIBILITY ExactVersion)

# Installed: the same files below the prefix, whose place is found from the package's own file.
set(leyden_cmake ${CMAKE_INSTALL_LIBDIR}/cmake/leyden)
set(share "\${LEYDEN_PREFIX}/share/leyden")
leyden_package_config(${PROJECT_BINARY_DIR}/installed/leyden-config.cmake
  "get_filename_component(LEYDEN_PREFIX \"\${CMAKE_CURRENT_LIST_DIR}\" REALPATH)
string(REGEX REPLACE \"/${leyden_cmake}\$\" \"\" LEYDEN_PREFIX \"\${LEYDEN_PREFIX}\")
set(LEYDEN_VERILATE \${CMAKE_CURRENT_LIST_DIR}/verilate.cmake)"
  "\${LEYDEN_PREFIX}/bin/leyden" "\${LEYDEN_PREFIX}/include/leyden-plugin"
  "${share}/scripts/generate_registers.py" "${share}/firmware/include"
  "${share}/firmware/lib/libleyden_firmware.a" "${share}/firmware/lib/leyden.ld"
  "${share}/configs/chips" "${share}/golden/leyden_golden_pkg.sv"
  "\${LEYDEN_PREFIX}/${CMAKE_INSTALL_LIBDIR}")
install(FILES ${PROJECT_BINARY_DIR}/installed/leyden-config.cmake
  ${PROJECT_BINARY_DIR}/leyden-config-version.cmake ${PROJECT_SOURCE_DIR}/cmake/verilate.cmake
  DESTINATION ${leyden_cmake})
foreach(header ${LEYDEN_PLUGIN_HEADERS})
  get_filename_component(folder ${header} DIRECTORY)
  string(REGEX REPLACE "^platform/blocks/include/?" "" folder "${folder}")
  install(FILES ${PROJECT_SOURCE_DIR}/${header} DESTINATION include/leyden-plugin/${folder})
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/generated/leyden/interface_version.h
  DESTINATION include/leyden-plugin/leyden)
install(PROGRAMS ${PROJECT_SOURCE_DIR}/scripts/generate_registers.py DESTINATION share/leyden/scripts)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/scripts/leyden_registers DESTINATION share/leyden/scripts
  PATTERN __pycache__ EXCLUDE)
