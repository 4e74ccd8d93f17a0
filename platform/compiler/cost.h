#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/base/activity.h"
#include "models/base/energy_ledger.h"
#include "platform/compiler/cost_chip.h"
#include "platform/compiler/image_steps.h"

namespace leyden::compiler {

/// Cost of a layer or a phase of an image, as the report tells it.
struct LayerCost {
  std::uint64_t cycles = 0;
  base::CauseCycles causes{};  ///< the same cycles by what they are given to
  base::CauseCycles busy{};    ///< cycles a unit was busy, overlaps included
  std::array<double, base::kComponentCount> energy_fj{};
  StageCycles stages;                     ///< work of the units' stages, hidden or not
  std::vector<std::uint64_t> macro_busy;  ///< cycles of jobs, by macro

  double energy_pj() const;
};

/// Cost of one image.
struct ImageCost {
  LayerCost input;                   ///< off-chip memory to LMEM
  std::vector<LayerCost> layers;     ///< as the image's
  LayerCost output;                  ///< LMEM to off-chip memory, the class on the core
  LayerCost control;                 ///< between the marks
  std::uint64_t latency_cycles = 0;  ///< from the post of the image to its result

  std::uint64_t cycles() const;
  double energy_pj() const;
};

/// Evaluates one image's steps: which cycle the core issues each in, when units are busy, what they
/// wait for. No values and no events of a simulation kernel. What it leaves out is told in
/// docs/compiler-cost.md.
/// @param activity [layer] of macro layers, for energy; empty: half of every code and weight
ImageCost evaluate_cost(const ImageSteps& steps, const CostParameters& parameters,
                        const std::vector<LayerActivity>& activity = {});

}  // namespace leyden::compiler
