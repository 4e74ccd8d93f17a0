# Compiler options every target of the project gets. Presets (CMakePresets.json) choose the variant.
option(LEYDEN_TESTS "Build the tests" ON)
option(LEYDEN_WERROR "Treat warnings as errors" ON)
set(LEYDEN_SANITIZE "" CACHE STRING "Sanitizers: address,undefined or thread")
option(LEYDEN_COVERAGE "Instrument for coverage" OFF)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_STANDARD 17)  # Debian's SystemC is built for it
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # All checkouts of a user share what was compiled, wherever they lie.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()

add_library(leyden_options INTERFACE)
# -ffp-contract=off: the same bits whatever the host's instruction set (design section 3).
target_compile_options(leyden_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -ffp-contract=off
  $<$<BOOL:${LEYDEN_WERROR}>:-Werror>)
target_include_directories(leyden_options INTERFACE
  ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
if(LEYDEN_SANITIZE)
  # Twice as fast to compile as -O2 -g, and lines are all that a report needs.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1 -DNDEBUG")
  set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O1 -g1 -DNDEBUG")
  target_compile_options(leyden_options INTERFACE
    -fsanitize=${LEYDEN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(LEYDEN_SANITIZE MATCHES address)
    # SystemC's coroutines switch stacks, which confuses the unpoisoning of frames after an
    # exception: false reports. Heap and globals stay checked.
    target_compile_options(leyden_options INTERFACE --param=asan-stack=0)
  endif()
  target_link_options(leyden_options INTERFACE -fsanitize=${LEYDEN_SANITIZE})
endif()
if(LEYDEN_COVERAGE)
  target_compile_options(leyden_options INTERFACE --coverage)
  target_link_options(leyden_options INTERFACE --coverage)
endif()
