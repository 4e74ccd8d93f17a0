#pragma once

namespace leyden::cim {

// How energy and delay of a circuit move with its technology node and its supply.

/// Energy of digital logic at a node and supply on the scale of Stillmaker and Baas: a V^2 + b V +
/// c with their coefficients at 130, 90, 65, 45, 32, 20, 16, 14, 10 and 7 nm; between two of them
/// the value is linear in the node. Only ratios mean something.
/// @throws base::UsageError for a node outside 7 to 130 nm
double logic_energy(double node_nm, double supply_v);
/// What an energy of digital logic is multiplied with from one node and supply to another:
/// 45 nm 0.9 V to 28 nm 0.9 V 0.507, to 22 nm 0.8 V 0.241, to 65 nm 1.2 V 2.49.
double logic_energy_factor(double from_nm, double from_v, double to_nm, double to_v);
/// Area factors that Stillmaker and Baas quote: 65 to 32 nm 0.31, 65 to 20 nm 0.14, 45 to 20 nm
/// 0.21, 32 to 20 nm 0.46. 65 to 20 nm is a power of 1.66 of the node, used between and beyond.
double logic_area_factor(double from_nm, double to_nm);

/// Energy against supply: (V / V0)^exponent; 2 for C V^2. Measured macros: 1.61 (Wang) to 2.19
/// (Sinangil). @throws base::UsageError unless both supplies are above 0
double supply_energy_factor(double supply_v, double nominal_v, double exponent);
/// Delay against supply by the alpha-power law of Sakurai and Newton: V / (V - V_T)^alpha over the
/// same at V0. @throws base::UsageError unless both supplies are above the threshold
double supply_delay_factor(double supply_v, double nominal_v, double threshold_v, double alpha);

}  // namespace leyden::cim
