#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/base/parameter.h"
#include "platform/compiler/compile.h"
#include "platform/run/network.h"

namespace leyden::run {

/// Least and most bits of a layer's weights, and what the output must keep.
struct BitLimits {
  unsigned least = 1;
  unsigned most = 8;
  double least_sqnr_db = 0;  ///< of the output against the float network
};

/// Reads "MIN:MAX". @throws base::UsageError unless 1 <= MIN <= MAX <= 8
void parse_bit_limits(const std::string& text, BitLimits& limits);

struct LayerBits {
  std::string layer;  ///< name of its node
  unsigned bits = 0;
  std::uint64_t weights = 0;
};

struct BitSearchOutcome {
  std::vector<LayerBits> layers;         ///< those with weights on macros, in order of execution
  std::optional<double> sqnr_db;         ///< reached; none: no error at all
  std::optional<double> most_sqnr_db;    ///< with the most bits everywhere
  std::uint64_t networks_evaluated = 0;  ///< compiled and run
  compiler::CompileResult compiled;

  double mean_bits() const;  ///< over all weights
  /// The bits as the block `quantisation:` of a network file.
  std::string yaml() const;
  /// The same as values of --quantise.
  std::vector<std::string> quantise() const;
};

/// Chooses each layer's weight bits: from the most bits on, layer after layer takes one bit less,
/// those with most weights first, and keeps it where the output's signal-to-quantisation-noise
/// ratio in the host reference (fidelity `quantised`) stays at its bound; until no single layer can
/// take a bit less. The mapping is then chosen for these bits and the ratio taken again; where the
/// mapping cost it, the last bits are given back.
/// @param quantise key=value each: quantisation of the network file is overridden by it
/// @param error_images training images that the ratio is taken over
/// @param progress told evaluations done and the most there may be at this point
/// @throws base::UsageError when the most bits do not keep the bound, or weights come quantised
BitSearchOutcome search_bits(const std::string& network, const base::ParameterSet& parameters,
                             const std::string& data_folder, std::uint64_t images,
                             const std::vector<std::string>& quantise, const InputCodes& codes,
                             const std::string& objective, const BitLimits& limits,
                             std::uint64_t error_images,
                             const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace leyden::run
