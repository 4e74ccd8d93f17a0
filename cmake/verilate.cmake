find_package(verilator REQUIRED HINTS /usr/share/verilator)

# leyden_verilate(NAME TOP module SOURCES a.sv ... [PACKAGES dma ...] [PREFIX V<top>] [ARGS ...]): a
# static library with the SystemC module V<top> that Verilator makes of SystemVerilog sources.
# PACKAGES: register packages (leyden_<unit>_pkg) that they use. Warnings of Verilator are errors; of
# the code it writes nobody is told. Concurrent assertions are on.
function(leyden_verilate name)
  cmake_parse_arguments(arg "" "TOP;PREFIX" "SOURCES;PACKAGES;ARGS" ${ARGN})
  if(NOT arg_PREFIX)
    set(arg_PREFIX V${arg_TOP})
  endif()
  set(sources)
  foreach(package ${arg_PACKAGES})
    list(APPEND sources ${PROJECT_BINARY_DIR}/generated/registers/leyden_${package}_pkg.sv)
  endforeach()
  foreach(source ${arg_SOURCES})
    get_filename_component(source ${source} ABSOLUTE)
    list(APPEND sources ${source})
  endforeach()
  find_library(SYSTEMC_LIBRARY systemc REQUIRED)
  find_path(SYSTEMC_INCLUDE_DIR systemc REQUIRED)
  set(ENV{SYSTEMC_INCLUDE} ${SYSTEMC_INCLUDE_DIR})
  get_filename_component(library_folder ${SYSTEMC_LIBRARY} DIRECTORY)
  set(ENV{SYSTEMC_LIBDIR} ${library_folder})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name}.dir)
  add_library(${name} STATIC)
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
  # SYNCASYNCNET is off: the asynchronous reset also stands in `disable iff` of assertions.
  verilate(${name} SYSTEMC PREFIX ${arg_PREFIX} TOP_MODULE ${arg_TOP} DIRECTORY ${folder}
    SOURCES ${sources}
    VERILATOR_ARGS -Wall -Wno-SYNCASYNCNET --assert --pins-bv 65 ${arg_ARGS})
  target_compile_options(${name} PRIVATE -w)
  target_include_directories(${name} SYSTEM INTERFACE ${folder} ${VERILATOR_ROOT}/include)
  target_compile_definitions(${name} PUBLIC SC_INCLUDE_DYNAMIC_PROCESSES)
  # An assertion that fails, $stop, $fatal and $finish are errors of the run.
  target_compile_definitions(${name} PRIVATE VL_USER_STOP VL_USER_FATAL VL_USER_FINISH)
  target_link_libraries(${name} PUBLIC leyden_verilated ${SYSTEMC_LIBRARY})
endfunction()
