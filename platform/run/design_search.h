#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/compiler/compile.h"
#include "platform/run/network.h"

namespace leyden::run {

/// Most combinations that one search compiles.
inline constexpr std::size_t kMostCombinations = 256;

/// A key that a search varies: a parameter of the chip, or "quantise.KEY" of the network's
/// quantisation.
struct SearchKey {
  std::string key;
  std::vector<std::string> values;

  bool of_chip() const;
  /// As --set or --quantise name it.
  std::string name() const;
  /// The option of `leyden compile` and `leyden run` that gives it a value: "--set" or
  /// "--quantise", and what stands behind it.
  std::vector<std::string> option(const std::string& value) const;
};

/// Reads KEY=V1,V2,... each. @throws base::UsageError: no such key, a value it does not take, a key
/// or value twice, more than kMostCombinations
std::vector<SearchKey> parse_search_keys(const std::vector<std::string>& words);

/// What is compiled, as the options of `leyden compile` say it.
struct SearchRequest {
  std::string chip_file;
  std::vector<std::string> set;  ///< key=value each, of all combinations
  std::string network;
  std::string data_folder;
  std::uint64_t images = 0;
  std::vector<std::string> quantise;  ///< key=value each, of all combinations
  InputCodes codes;
  std::string objective = "latency";  ///< of mappings and of the order of the result
  std::uint64_t error_images = 0;     ///< images that tell errors; 0: none are told
};

/// What became of one combination.
struct Combination {
  std::vector<std::string> values;  ///< as the keys
  std::string refusal;              ///< why it cannot be; the rest is then 0
  std::uint64_t cycles = 0;         ///< of an image, by the cost model
  double latency_us = 0;
  double energy_pj = 0;
  std::uint64_t macs = 0;
  std::uint64_t tiles = 0;
  double array_utilisation = 0;  ///< cells that hold a weight / cells taken by tiles, 0..1
  std::uint64_t image_bytes = 0;
  std::optional<double> worst_sqnr_db;   ///< of all layers; none: not told, or no error at all
  std::optional<double> output_sqnr_db;  ///< of the last layer that the float network has too
};

struct SearchOutcome {
  std::vector<SearchKey> keys;
  std::vector<Combination> ranked;   ///< the best first; of equals the first in order of the keys
  std::vector<Combination> refused;  ///< in order of the keys
  std::optional<compiler::CompileResult> best;  ///< of ranked.front()
};

/// Compiles a network for every combination of values, the last key varying fastest. One that is
/// refused is kept with its reason; the search goes on.
/// @param progress told combinations done and all
/// @throws base::UsageError for what no combination changes: files, data, a key given twice
SearchOutcome search_designs(const SearchRequest& request, const std::vector<SearchKey>& keys,
                             const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace leyden::run
