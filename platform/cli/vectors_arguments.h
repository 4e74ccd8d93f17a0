#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace leyden::cli {

/// What `leyden vectors` is asked for beside chip, network and data.
struct VectorsArguments {
  std::uint64_t image = 0;
  std::string layer;
  std::optional<std::uint64_t> job;
  std::string unit;
  std::string folder;
};

/// What `leyden replay` is asked for.
struct ReplayArguments {
  std::string folder;
  std::string on = "tlm";
  bool fast = false;
  bool ignore_checksums = false;
  std::uint64_t timeout_cycles = 100'000;
};

void add_vectors(CLI::App* command, VectorsArguments& arguments);
void add_replay(CLI::App* command, ReplayArguments& arguments);

/// @throws base::UsageError for what is missing or does not go together
void check_vectors(const VectorsArguments& arguments);
void check_replay(const ReplayArguments& arguments);

}  // namespace leyden::cli
