#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace leyden::cim {

// Component models of the literature, as plain equations: what one conversion, one access, one
// operation costs. Where the field disagrees the model is chosen by name. None of them is fitted
// here; docs/validation.md holds the table and the sources.

/// Whose equation tells what a converter costs.
enum class AdcModel {
  kNeuroSim,   ///< SAR of DNN+NeuroSim: power of comparators and logic over bits + 1 ns
  kZigZag,     ///< ZigZag-IMC: (100 fF b + 0.001 fF 4^b) V^2, 28 nm
  kAccelergy,  ///< regression over published converters (arXiv 2404.06553)
  kMeasured,   ///< a measured energy of one converter, moved by bits, supply and node
};
std::string_view to_string(AdcModel model);
/// @throws base::UsageError with the accepted words
AdcModel parse_adc_model(std::string_view word);

/// A converter and where it works.
struct AdcPoint {
  unsigned bits = 8;  ///< 1 to 16; 4 to 14 for kAccelergy
  double node_nm = 28;
  double supply_v = 0.9;
  double conversions_per_s = 1e6;  ///< kAccelergy: faster than a limit costs more
  unsigned rows = 256;             ///< kZigZag's time: cells on the line that settles
  double temperature_k = 300;      ///< kNeuroSim
  double column_ohm = 0;           ///< kNeuroSim: resistance of the column; 0 leaves its term out
  bool high_performance = false;   ///< kNeuroSim: HP transistors instead of LSTP
  double measured_pj = 0;          ///< kMeasured: at measured_bits, measured_supply_v, node_nm
  unsigned measured_bits = 8;
  double measured_supply_v = 0.9;
};
/// Energy of one conversion in pJ.
/// @throws base::UsageError where the model has no coefficients for the point
double adc_energy_pj(AdcModel model, const AdcPoint& point);
/// Time of one conversion in ns: (b + 1) ns for kNeuroSim, b (0.00653 rows + 0.640) ns for kZigZag,
/// and the reciprocal of conversions_per_s for the others, which have no model of time.
double adc_time_ns(AdcModel model, const AdcPoint& point);
/// Area of one converter in um2. kNeuroSim counts transistors: see neurosim_sar_transistors().
/// @throws base::UsageError for kNeuroSim and kMeasured
double adc_area_um2(AdcModel model, const AdcPoint& point);
/// Unit transistors of NeuroSim's SAR: N type 269 + 109 (b - 1), P type 209 + 73 (b - 1).
struct SarTransistors {
  unsigned n_type = 0;
  unsigned p_type = 0;
};
SarTransistors neurosim_sar_transistors(unsigned bits);

/// Energy in fJ of a capacitive DAC for one value: 50 fF b V^2 (ZigZag).
double dac_energy_fj(unsigned bits, double supply_v);

/// Energy in pJ of a 64-bit access to an SRAM at 45 nm, 0.9 V: 10 pJ for 8 KB, 20 pJ for 32 KB
/// (Horowitz, ISSCC 2014), the square root of the capacity between and beyond.
double horowitz_sram_pj(double kilobytes);
/// Energy in pJ and area in mm2 of small SRAMs, 28 nm class at 0.9 V: the figures of CACTI that
/// ZigZag-IMC embeds, at its capacities of 1 KB and 2 KB (64-bit port).
struct SramAccess {
  double read_pj = 0;
  double write_pj = 0;
  double area_mm2 = 0;
};
/// @throws base::UsageError for other capacities
SramAccess zigzag_sram(double kilobytes);

enum class DramModel { kZigZag, kHorowitz };
/// Energy in pJ of one bit to or from DRAM: ZigZag 700 pJ for 64 b, Horowitz 640 pJ for 32 b.
double dram_pj_per_bit(DramModel model);

/// Digital operations with a published energy.
enum class DigitalOperation { kAdd8, kAdd32, kMultiply8, kMultiply32 };
/// Energy in pJ at 45 nm, 0.9 V (Horowitz, ISSCC 2014).
double horowitz_operation_pj(DigitalOperation operation);
/// Energy in pJ at 40 nm (Aladdin). @throws base::UsageError for 8-bit operations
double aladdin_operation_pj(DigitalOperation operation);
inline constexpr double kAladdinRegisterBitFj = 9;  ///< 40 nm, one bit written
/// Energy in fJ of a full adder of 3 NAND2 and 2 XOR2 gates, ZigZag's 28 nm gates: NAND2 0.7 fF,
/// XOR2 1.5 times that, C V^2 each.
double zigzag_full_adder_fj(double supply_v);

}  // namespace leyden::cim
