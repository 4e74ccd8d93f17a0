#pragma once

namespace leyden::validate {

enum class Cell { kSram, kRram };
enum class Drive {
  kBitSerial,      ///< a phase an input bit
  kDac,            ///< all input bits in one phase, a converter a row
  kPulseCount,     ///< all input bits in one phase, as a number of pulses
  kTernaryPulses,  ///< a phase a magnitude bit, the sign in the polarity
};
enum class Combine {
  kAnalog,   ///< phases and columns of an output are combined before one conversion
  kDigital,  ///< a conversion a column and phase
};
enum class Converter {
  kSar,
  kFlash,
  kLine,  ///< no capacitor array of its own: resolves on the line, or by charge injection
};

/// What a macro is made of: what a publication states, never what it measures.
struct Structure {
  double node_nm = 0;
  double supply_v = 0;   ///< nominal: the supply exponents turn about it
  unsigned rows = 0;     ///< driven at once
  unsigned columns = 0;  ///< of cells
  unsigned input_bits = 0;
  unsigned weight_bits = 0;
  unsigned output_bits = 0;
  Cell cell = Cell::kSram;
  Drive drive = Drive::kBitSerial;
  Combine combine = Combine::kAnalog;
  Converter converter = Converter::kSar;
  unsigned transistors_per_cell = 10;
  unsigned cells_per_circuit = 1;       ///< cells (pages) that share one multiplying circuit
  unsigned capacitors_per_circuit = 1;  ///< unit capacitors a step charges; 3 in a C-2C ladder
  unsigned cells_per_weight = 0;        ///< 0: as many as weight_bits
  unsigned columns_per_output = 0;      ///< 0: cells_per_weight if combined before conversion
  unsigned converters = 0;              ///< 0: one a column
  unsigned macros = 1;                  ///< in the chip whose throughput is published
  bool datapath = false;                ///< a digital datapath an output beside the array
  // Of RRAM alone.
  double read_v = 0;             ///< on a driven row
  double word_line_v = 0;        ///< high level of a word line
  double word_line_swing_v = 0;  ///< from its low to its high level
};

/// One setting of a macro that a figure is published for.
struct Point {
  double supply_v = 0;
  unsigned input_bits = 0;
  unsigned weight_bits = 0;
  unsigned output_bits = 0;
  double activity = 1;     ///< of the cells' charge, relative to the setting fitted
  bool two_phase = false;  ///< ternary pulses: the input in two slices, each with a conversion
};

}  // namespace leyden::validate
