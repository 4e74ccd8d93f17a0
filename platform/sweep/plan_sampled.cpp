#include "platform/sweep/plan_sampled.h"

#include <functional>
#include <unordered_set>

#include "models/base/error.h"
#include "models/base/random.h"
#include "platform/sweep/plan_batch.h"
#include "platform/sweep/sobol.h"

namespace leyden::sweep {
namespace {

/// Draws in a row that give no new point before the plan is given up.
constexpr std::uint64_t kMostInVain = 100000;
/// base::StreamKey::purpose of the points of sweeps; no other draw is in the same process.
constexpr std::uint32_t kPointStream = 0x80;

class Sampled : public Planner {
 public:
  explicit Sampled(const SweepSpec& spec)
      : space_(spec),
        sobol_(space_.dimensions().size()),
        random_(spec.plan.kind == PlanKind::kRandom),
        seed_(spec.plan.seed),
        depth_(spec.depth) {
    refuse_too_many(spec.plan);
    choose(spec.plan);
  }

  std::uint64_t planned() const override { return draws_.size(); }

  void run(const EvaluateBatch& evaluate) override {
    PlanBatch batch(evaluate, depth_);
    std::uint64_t number = 0;
    for (const std::uint64_t draw : draws_) {
      batch.add(space_.point(number++, values_at(space_, shares(draw))));
    }
    batch.flush();
  }

 private:
  std::vector<double> shares(std::uint64_t draw) {
    return random_ ? random_shares(seed_, space_.dimensions().size(), draw)
                   : sobol_.at(seed_ + draw);
  }

  void refuse_too_many(const PlanSpec& plan) const {
    std::uint64_t all = 1;
    for (const Variable& variable : space_.dimensions()) {
      if (variable.continuous() || all > plan.points) return;
      all *= variable.values.size();
    }
    if (all >= plan.points) return;
    throw base::UsageError(plan.where + " asks for " + std::to_string(plan.points) +
                           " points, but there are only " + std::to_string(all) +
                           "; a grid takes them all.");
  }

  void choose(const PlanSpec& plan) {
    std::vector<std::uint64_t> alone_kept(space_.constraints().size());
    std::unordered_set<std::string> seen;
    std::uint64_t in_vain = 0;
    for (std::uint64_t draw = 0; draws_.size() < plan.points; ++draw) {
      const std::vector<Value> values = values_at(space_, shares(draw));
      const bool taken = space_.takes(values);
      for (std::size_t i = 0; i < alone_kept.size(); ++i) {
        alone_kept[i] += space_.violations()[i] == 0 ? 1 : 0;
      }
      if (taken && seen.insert(PlanSpace::key(space_.point(0, values))).second) {
        draws_.push_back(draw);
        in_vain = 0;
      } else if (++in_vain == kMostInVain) {
        refuse_in_vain(plan, alone_kept, seen.empty());
      }
    }
  }

  [[noreturn]] void refuse_in_vain(const PlanSpec& plan,
                                   const std::vector<std::uint64_t>& alone_kept, bool none) const {
    const std::string tries = std::to_string(kMostInVain) + " draws";
    if (none) {
      throw base::UsageError(plan.where + " is empty: in " + tries + " " +
                             space_.contradiction(alone_kept) + ".");
    }
    throw base::UsageError(plan.where + " asks for " + std::to_string(plan.points) +
                           " points, but behind " + std::to_string(draws_.size()) + " the next " +
                           tries + " gave no other that satisfies the constraints; ask for fewer.");
  }

  PlanSpace space_;
  Sobol sobol_;
  bool random_;
  std::uint64_t seed_;
  Depth depth_;
  std::vector<std::uint64_t> draws_;  ///< that were taken
};

}  // namespace

std::vector<double> random_shares(std::uint64_t seed, std::size_t dimensions, std::uint64_t index) {
  base::StreamKey key;
  key.die = static_cast<std::uint32_t>(seed);
  key.purpose = kPointStream;
  const base::RandomStream stream(key);
  std::vector<double> shares(dimensions);
  for (std::size_t d = 0; d < dimensions; ++d) shares[d] = stream.uniform(index * dimensions + d);
  return shares;
}

std::vector<Value> values_at(const PlanSpace& space, const std::vector<double>& shares) {
  std::vector<Value> values;
  values.reserve(shares.size());
  for (std::size_t d = 0; d < shares.size(); ++d) {
    values.push_back(space.dimensions()[d].at(shares[d]));
  }
  return values;
}

std::unique_ptr<Planner> make_sampled(const SweepSpec& spec) {
  return std::make_unique<Sampled>(spec);
}

}  // namespace leyden::sweep
