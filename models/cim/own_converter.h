#pragma once

#include <cstdint>

#include "models/base/parameter.h"

namespace leyden::cim {

/// Which converter converts.
struct ConverterPlace {
  /// Fidelity quantised: the converter as designed, whatever the die.
  bool nominal = true;
  std::uint32_t die = 0;
  unsigned macro = 0;      ///< number of the CIM unit
  unsigned converter = 0;  ///< number of the physical converter in its macro
};

/// A converter that is none of the macro's own kinds: a user's, in the place of converter.kind and
/// of what describes its energy, time and area. Offset, gain, noise and smooth INL of a column
/// stand before it. Its functions depend on their arguments alone.
class OwnConverter : public base::Extension {
 public:
  /// Code of a conversion of `bits` bits, 0 to 2^bits - 1.
  /// @param level  in LSB of such a code; an ideal converter gives floor(level), clamped
  virtual unsigned code(double level, unsigned bits, const ConverterPlace& place) const = 0;
  /// Energy of one conversion in pJ. @param supply_v of the macro
  virtual double energy_pj(unsigned bits, double supply_v) const = 0;
  virtual double time_ns(unsigned bits, double supply_v) const = 0;  ///< of one conversion
  virtual double area_um2() const = 0;                               ///< of one converter
};

/// The code, checked. @throws base::ModelError when it has more than `bits` bits
unsigned own_code(const OwnConverter& converter, double level, unsigned bits,
                  const ConverterPlace& place);

}  // namespace leyden::cim
