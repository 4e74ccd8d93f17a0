# cmake -D OUTPUT=x.cpp -D FILES="name=path;..." -P embed_files.cmake: writes the source of
# leyden::report::page_file(), with the bytes of the files in raw string literals.
set(text "// Made by cmake/embed_files.cmake.
#include \"platform/report/page_files.h\"

#include <string>

#include \"models/base/error.h\"

namespace leyden::report {

std::string_view page_file(std::string_view name) {
")
foreach(entry IN LISTS FILES)
  string(REGEX REPLACE "=.*" "" name "${entry}")
  string(REGEX REPLACE "^[^=]*=" "" path "${entry}")
  file(READ "${path}" content)
  string(FIND "${content}" ")leyden\"" clash)
  if(NOT clash EQUAL -1)
    message(FATAL_ERROR "${path} holds )leyden\", which ends a raw string literal.")
  endif()
  string(APPEND text "  if (name == \"${name}\") return R\"leyden(${content})leyden\";\n")
endforeach()
string(APPEND text "  throw base::ModelError(\"There is no page file \" + std::string(name) + \".\");
}

}  // namespace leyden::report
")
file(WRITE "${OUTPUT}" "${text}")
