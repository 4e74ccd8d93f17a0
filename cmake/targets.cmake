# leyden_library(NAME SOURCES ... [LINKS ...]): a static library with the project's options.
function(leyden_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC leyden_options ${arg_LINKS})
endfunction()

# leyden_position_independent(TARGETS ...): static libraries that also go into a shared one. Functions
# of one file may still be inlined into each other.
function(leyden_position_independent)
  foreach(library ${ARGN})
    get_target_property(kind ${library} TYPE)
    if(kind STREQUAL STATIC_LIBRARY)
      get_target_property(already ${library} POSITION_INDEPENDENT_CODE)
      if(NOT already)
        set_target_properties(${library} PROPERTIES POSITION_INDEPENDENT_CODE ON)
        target_compile_options(${library} PRIVATE -fno-semantic-interposition)
      endif()
    endif()
  endforeach()
endfunction()

# leyden_systemc(TARGET): links SystemC. Its headers are system headers: no warnings from them.
function(leyden_systemc name)
  find_library(SYSTEMC_LIBRARY systemc REQUIRED)
  target_link_libraries(${name} PUBLIC ${SYSTEMC_LIBRARY})
  target_compile_definitions(${name} PUBLIC SC_INCLUDE_DYNAMIC_PROCESSES)
endfunction()

# leyden_seldom_run(TARGET): less optimisation of what takes longer to compile than it ever runs.
function(leyden_seldom_run name)
  if(LEYDEN_SANITIZE)
    target_compile_options(${name} PRIVATE -O0)
  elseif(CMAKE_BUILD_TYPE STREQUAL Release)
    # At -O1 the compiler sees an optional read that its own guard forbids.
    target_compile_options(${name} PRIVATE -O1 -Wno-maybe-uninitialized)
  endif()
endfunction()

# leyden_test(NAME SOURCES ... [LINKS ...] [TIMEOUT seconds] [LONG]): one GoogleTest executable,
# one CTest entry. LONG puts it into the second tier, which scripts/test runs with --long.
function(leyden_test name)
  cmake_parse_arguments(arg "LONG" "TIMEOUT" "SOURCES;LINKS" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE leyden_options ${arg_LINKS} GTest::gmock)
  # Tests that run SystemC define sc_main through leyden_sc_test_main; others use GTest's main.
  if("leyden_sc_test_main" IN_LIST arg_LINKS)
    target_link_libraries(${name} PRIVATE GTest::gtest)
  else()
    target_link_libraries(${name} PRIVATE GTest::gtest_main)
  endif()
  leyden_seldom_run(${name})  # what it calls is optimised
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  leyden_test_properties(${name} "${arg_TIMEOUT}" ${arg_LONG})
endfunction()

# leyden_python_test(NAME SOURCE test.py [TIMEOUT seconds] [LONG]): a file of Python unittest cases,
# one CTest entry. It finds the build folder in the environment variable LEYDEN_BINARY_DIR.
function(leyden_python_test name)
  cmake_parse_arguments(arg "LONG" "SOURCE;TIMEOUT" "" ${ARGN})
  find_program(LEYDEN_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
  add_test(NAME ${name}
    COMMAND ${LEYDEN_PYTHON} -B ${PROJECT_SOURCE_DIR}/tests/support/run_unittest.py
      ${CMAKE_CURRENT_SOURCE_DIR}/${arg_SOURCE} ${name}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  leyden_test_properties(${name} "${arg_TIMEOUT}" ${arg_LONG})
endfunction()

# Seconds after which a test counts as endless: the slowest takes an eighth of it on two idle cores, and
# a machine that others share may be several times slower. It bounds no figure.
set(leyden_test_limit_s 300)

function(leyden_test_properties name timeout long)
  if(NOT timeout)
    set(timeout ${leyden_test_limit_s})
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${timeout}
    ENVIRONMENT "LEYDEN_BINARY_DIR=${PROJECT_BINARY_DIR}")
  if(long)
    set_tests_properties(${name} PROPERTIES LABELS long)
  endif()
endfunction()
