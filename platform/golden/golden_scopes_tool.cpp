// Writes the source of golden::chip_scopes(): golden_scopes_tool > chip_scopes.cpp.
#include <cstdio>
#include <string>

#include "platform/chip/chip_parameters.h"

namespace {

std::string quoted(const std::string& text) {
  std::string literal = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') literal += '\\';
    literal += c;
  }
  return literal + '"';
}

std::string list(const std::vector<std::string>& words) {
  std::string text = "{";
  for (const std::string& word : words) text += quoted(word) + ", ";
  return text + "}";
}

}  // namespace

/// SystemC wants it.
extern "C" int sc_main(int, char**) { return 0; }

int main() {
  std::puts("// Made by golden_scopes_tool.\n#include \"platform/golden/chip_scopes.h\"\n");
  std::puts("namespace leyden::golden {\n\nstd::vector<chip::Scope> chip_scopes() {\n  return {");
  for (const leyden::chip::Scope& scope : leyden::chip::chip_scopes()) {
    std::printf("      {%s,\n       {\n", quoted(scope.name).c_str());
    for (const leyden::base::ParameterSpec& spec : scope.specs) {
      std::printf("           {%s, %s, %a, %a, %s,\n            %s,\n            %s, %s},\n",
                  quoted(spec.key).c_str(), quoted(spec.unit).c_str(), spec.minimum, spec.maximum,
                  spec.integer ? "true" : "false", list(spec.choices).c_str(),
                  quoted(spec.text).c_str(), quoted(spec.when_absent).c_str());
    }
    std::printf("       },\n       %s},\n", list(scope.optional_groups).c_str());
  }
  std::puts("  };\n}\n\n}  // namespace leyden::golden");
  return 0;
}
