#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/base/parameter.h"
#include "models/cim/own_converter.h"

namespace leyden::blocks {

/// The chip whose macros get a converter of a user's own.
struct ConverterSetup {
  const base::ParameterSet& parameters;
};

/// What such a converter derives from: cim::OwnConverter's functions, and a constructor that reads
/// parameters. One object serves all macros of a chip, and the compiler.
class Converter : public cim::OwnConverter {
 public:
  /// The parameters that the chip file may give it; none, unless a class has a function of its own.
  static std::vector<base::ParameterSpec> parameters() { return {}; }

 protected:
  explicit Converter(const ConverterSetup& setup) : parameters_(setup.parameters) {}

  /// For the constructor.
  double real(const std::string& key) const { return parameters_.real(kConverterScope + key); }
  std::int64_t integer(const std::string& key) const {
    return parameters_.integer(kConverterScope + key);
  }

 private:
  static constexpr const char* kConverterScope = "converter.parameters.";

  const base::ParameterSet& parameters_;
};

}  // namespace leyden::blocks
