#include "models/cim/own_converter.h"

#include <string>

#include "models/base/error.h"

namespace leyden::cim {

unsigned own_code(const OwnConverter& converter, double level, unsigned bits,
                  const ConverterPlace& place) {
  const unsigned code = converter.code(level, bits, place);
  if (code >> bits == 0) return code;
  throw base::ModelError("The chip file's converter gave the code " + std::to_string(code) +
                         " for a conversion of " + std::to_string(bits) + " bits at the level " +
                         std::to_string(level) + "; it must be 0 to " +
                         std::to_string((1u << bits) - 1) + ".");
}

}  // namespace leyden::cim
