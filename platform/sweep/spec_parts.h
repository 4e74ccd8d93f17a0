#pragma once

#include <filesystem>
#include <vector>

#include "platform/sweep/spec.h"
#include "platform/sweep/spec_node.h"
#include "platform/sweep/variable_keys.h"

/// The readers of the parts of a sweep file; load_sweep_text calls them. All throw
/// base::UsageError.
namespace leyden::sweep {

/// A preset's name as it is; a path relative to the sweep file's folder as one that can be opened.
std::string file_of(const std::string& name_or_path, const std::filesystem::path& folder);

Base read_base(const SpecNode& node, VariableKeys& keys, const std::filesystem::path& folder);

/// @param depth of the sweep: keys that change nothing at it are refused
std::vector<Variable> read_variables(const SpecNode& node, VariableKeys& keys, Depth depth,
                                     const std::filesystem::path& folder);

/// Reads `plan`; checks it against the variables and objectives.
PlanSpec read_plan(const SpecNode& node, const SweepSpec& spec, VariableKeys& keys);

std::vector<Objective> read_objectives(const SpecNode& node, Depth depth);

}  // namespace leyden::sweep
