# How firmware is compiled. Not a CMake toolchain of its own: programs for the host and for the chip
# come out of one build.
set(LEYDEN_FIRMWARE_DIR ${CMAKE_CURRENT_LIST_DIR} CACHE INTERNAL "")
set(LEYDEN_FIRMWARE_OUT ${PROJECT_BINARY_DIR}/firmware CACHE INTERNAL "")
# _zicsr must not reach the link: the driver would pick another multilib (assembly gets it by file).
set(LEYDEN_FIRMWARE_ARCH -mabi=ilp32 --specs=picolibc.specs CACHE INTERNAL "")
set(LEYDEN_FIRMWARE_FLAGS -O2 -g -ffunction-sections -fdata-sections -fno-common -Wall -Wextra
  $<$<BOOL:${LEYDEN_WERROR}>:-Werror> CACHE INTERNAL "")
# Integer-only printf: floating point would bring 20 KiB of software arithmetic.
set(LEYDEN_FIRMWARE_DEFINES -DPICOLIBC_INTEGER_PRINTF_SCANF CACHE INTERNAL "")

# Compiles one source; sets ${object} to the object file.
function(leyden_firmware_object source object)
  get_filename_component(path ${source} ABSOLUTE)
  file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${path})
  set(out ${LEYDEN_FIRMWARE_OUT}/obj/${name}.o)
  get_filename_component(folder ${out} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  if(source MATCHES "\\.S$")
    set(language -march=rv32imac_zicsr -Wa,--debug-prefix-map=${PROJECT_SOURCE_DIR}=.
      -Wa,--debug-prefix-map=${PROJECT_BINARY_DIR}=build)
  else()
    set(language -march=rv32imac -std=gnu11 -Wstrict-prototypes -Wmissing-prototypes -Wshadow)
  endif()
  set(depfile)
  if(CMAKE_GENERATOR MATCHES "Ninja|Makefiles")
    set(depfile DEPFILE ${out}.d)
  endif()
  # Paths in debug information relative to the project: equal sources give equal bytes.
  add_custom_command(OUTPUT ${out}
    COMMAND ${LEYDEN_CROSS_GCC} ${LEYDEN_FIRMWARE_ARCH} ${language} ${LEYDEN_FIRMWARE_FLAGS}
      ${LEYDEN_FIRMWARE_DEFINES} -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.
      -ffile-prefix-map=${PROJECT_BINARY_DIR}=build
      -I${LEYDEN_FIRMWARE_DIR} -I${LEYDEN_FIRMWARE_DIR}/include
      -I${PROJECT_BINARY_DIR}/generated/firmware -MMD -MF ${out}.d -MT ${out} -c ${path} -o ${out}
    DEPENDS ${path} leyden_generated_registers ${PROJECT_BINARY_DIR}/generated/firmware/leyden/registers.h
    ${depfile} COMMENT "Firmware ${name}" VERBATIM COMMAND_EXPAND_LISTS)
  set(${object} ${out} PARENT_SCOPE)
endfunction()

# leyden_firmware_library(TARGET SOURCES...): the one archive every program links.
function(leyden_firmware_library target)
  set(objects)
  foreach(source ${ARGN})
    leyden_firmware_object(${source} object)
    list(APPEND objects ${object})
  endforeach()
  set(out ${LEYDEN_FIRMWARE_OUT}/libleyden_firmware.a)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -E rm -f ${out}
    COMMAND ${LEYDEN_CROSS_AR} rcsD ${out} ${objects}
    DEPENDS ${objects} COMMENT "Firmware library" VERBATIM)
  add_custom_target(${target} DEPENDS ${out})
endfunction()

# leyden_firmware(NAME SOURCES ... [SRAM_BYTES n]): a program, ${PROJECT_BINARY_DIR}/firmware/NAME.elf.
# It may be called from any folder added after this one.
function(leyden_firmware name)
  cmake_parse_arguments(arg "" "SRAM_BYTES" "SOURCES" ${ARGN})
  set(size)
  if(arg_SRAM_BYTES)
    set(size -Wl,--defsym=__sram_bytes=${arg_SRAM_BYTES})
  endif()
  set(objects)
  foreach(source ${arg_SOURCES})
    leyden_firmware_object(${source} object)
    list(APPEND objects ${object})
  endforeach()
  set(out ${LEYDEN_FIRMWARE_OUT}/${name}.elf)
  set(library ${LEYDEN_FIRMWARE_OUT}/libleyden_firmware.a)
  set(script ${LEYDEN_FIRMWARE_DIR}/boot/leyden.ld)
  add_custom_command(OUTPUT ${out}
    COMMAND ${LEYDEN_CROSS_GCC} ${LEYDEN_FIRMWARE_ARCH} -march=rv32imac ${LEYDEN_FIRMWARE_FLAGS}
      ${LEYDEN_FIRMWARE_DEFINES} -nostartfiles -T ${script} ${size} -Wl,--gc-sections
      -Wl,--build-id=none -Wl,--fatal-warnings -Wl,--no-warn-rwx-segments
      -Wl,-Map=${LEYDEN_FIRMWARE_OUT}/${name}.map ${objects}
      -Wl,--start-group ${library} -lc -lgcc -Wl,--end-group -o ${out}
    DEPENDS ${objects} ${library} leyden_firmware_all ${script}
    COMMENT "Firmware ${name}.elf" VERBATIM COMMAND_EXPAND_LISTS)
  add_custom_target(firmware_${name} DEPENDS ${out})
  add_dependencies(firmware firmware_${name})
endfunction()
