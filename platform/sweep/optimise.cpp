#include "platform/sweep/optimise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include <pagmo/algorithms/moead.hpp>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/batch_evaluators/default_bfe.hpp>
#include <pagmo/bfe.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>

#include "models/base/error.h"
#include "platform/sweep/front.h"
#include "platform/sweep/plan_sampled.h"
#include "platform/sweep/plan_space.h"

namespace leyden::sweep {
namespace {

// The operators' settings: chosen, and the same for every sweep. One variable in the mean mutates.
constexpr double kCrossover = 0.9;
constexpr double kCrossoverIndex = 20;
constexpr double kMutationIndex = 20;
constexpr std::size_t kNeighbours = 20;

/// Draws in a row without a new point until the first generation takes points twice.
constexpr std::uint64_t kMostInVain = 20000;
/// Generations in a row without a new point that end the search: there is none left to find.
constexpr unsigned kMostIdle = 100;

using Decision = std::vector<double>;
using Figures = std::vector<double>;

/// What pagmo asks of its problem, and its batch evaluator, both answered by one optimiser.
class Answers {
 public:
  virtual ~Answers() = default;
  /// Of decision vectors one behind the other, their fitness one behind the other.
  virtual std::vector<double> fitness(const std::vector<double>& decisions) = 0;
  virtual std::pair<Decision, Decision> bounds() const = 0;
  virtual std::size_t whole() const = 0;
  virtual std::size_t objectives() const = 0;
};

/// The problem, as pagmo wants it: copied at will, so that it only points to the answers.
struct SweepProblem {
  Answers* answers = nullptr;

  std::vector<double> fitness(const std::vector<double>& x) const { return answers->fitness(x); }
  std::pair<Decision, Decision> get_bounds() const { return answers->bounds(); }
  std::size_t get_nix() const { return answers->whole(); }
  std::size_t get_nobj() const { return answers->objectives(); }
};

struct SweepBatch {
  Answers* answers = nullptr;

  std::vector<double> operator()(const pagmo::problem& /*problem*/,
                                 const std::vector<double>& decisions) const {
    return answers->fitness(decisions);
  }
};

/// The variables as pagmo's decision vector: first the continuous ones as shares of their range,
/// then those with values as the value's index. What has one value is no part of it.
class Encoding {
 public:
  explicit Encoding(const PlanSpace& space) : space_(space) {
    const std::vector<Variable>& dimensions = space_.dimensions();
    for (std::size_t d = 0; d < dimensions.size(); ++d) {
      if (dimensions[d].continuous()) order_.push_back(d);
    }
    continuous_ = order_.size();
    for (std::size_t d = 0; d < dimensions.size(); ++d) {
      if (dimensions[d].values.size() > 1) order_.push_back(d);
    }
  }

  std::size_t size() const { return order_.size(); }
  std::size_t whole() const { return order_.size() - continuous_; }

  std::pair<Decision, Decision> bounds() const {
    Decision most(size(), 1.0);
    for (std::size_t i = continuous_; i < size(); ++i) {
      most[i] = static_cast<double>(variable(i).values.size() - 1);
    }
    return {Decision(size(), 0.0), most};
  }

  /// @param shares of all dimensions, in [0, 1)
  Decision decision(const std::vector<double>& shares) const {
    Decision x(size());
    for (std::size_t i = 0; i < size(); ++i) {
      const double share = shares[order_[i]];
      x[i] = i < continuous_ ? share
                             : std::floor(share * static_cast<double>(variable(i).values.size()));
    }
    return x;
  }

  /// @param x begin of a decision vector
  std::vector<Value> values(const double* x) const {
    std::vector<Value> values;
    for (const Variable& one : space_.dimensions()) {
      values.push_back(one.values.empty() ? Value{} : one.values.front());
    }
    for (std::size_t i = 0; i < size(); ++i) {
      const Variable& one = variable(i);
      if (i < continuous_) {
        values[order_[i]] = one.at(x[i]);
      } else {
        const double most = static_cast<double>(one.values.size() - 1);
        values[order_[i]] =
            one.values[static_cast<std::size_t>(std::clamp(std::round(x[i]), 0.0, most))];
      }
    }
    return values;
  }

 private:
  const Variable& variable(std::size_t i) const { return space_.dimensions()[order_[i]]; }

  const PlanSpace& space_;
  std::vector<std::size_t> order_;  ///< dimension of each place of a decision vector
  std::size_t continuous_ = 0;
};

class Optimiser : public Planner, private Answers {
 public:
  explicit Optimiser(const SweepSpec& spec)
      : space_(spec),
        encoding_(space_),
        plan_(spec.plan),
        objectives_(spec.objectives),
        depth_(spec.depth) {
    if (encoding_.size() == 0) {
      throw base::UsageError(plan_.where +
                             " optimises, but every variable has one value; give it more.");
    }
    choose_first();
  }

  std::uint64_t planned() const override {
    double all = 1;  // points there are
    for (const Variable& variable : space_.dimensions()) {
      all *= variable.continuous() ? std::numeric_limits<double>::infinity()
                                   : static_cast<double>(variable.values.size());
    }
    const std::uint64_t most =
        plan_.points > 0 ? plan_.points : plan_.population * (plan_.generations + 1);
    return all < static_cast<double>(most) ? static_cast<std::uint64_t>(all) : most;
  }

  void run(const EvaluateBatch& evaluate) override {
    evaluate_ = &evaluate;
    pagmo::population population = first_generation();
    const auto seed = static_cast<unsigned>(plan_.seed);
    if (plan_.algorithm == Algorithm::kNsga2) {
      pagmo::nsga2 algorithm(1, kCrossover, kCrossoverIndex,
                             1.0 / static_cast<double>(encoding_.size()), kMutationIndex, seed);
      algorithm.set_bfe(pagmo::bfe(SweepBatch{this}));
      evolve(algorithm, population);
    } else {
      const char* weights = objectives_.size() == 2 ? "grid" : "low discrepancy";
      const std::size_t neighbours =
          std::min<std::size_t>(kNeighbours, static_cast<std::size_t>(plan_.population) - 1);
      const pagmo::moead algorithm(1, weights, "tchebycheff", neighbours, 1.0, 0.5, kMutationIndex,
                                   0.9, 2, true, seed);
      evolve(algorithm, population);
    }
  }

 private:
  /// Points of the first generation, drawn at random among those that the constraints leave.
  void choose_first() {
    std::vector<std::uint64_t> alone_kept(space_.constraints().size());
    std::unordered_set<std::string> seen;
    std::uint64_t in_vain = 0;
    for (std::uint64_t draw = 0; first_.size() < plan_.population && in_vain < kMostInVain;
         ++draw) {
      const Decision x =
          encoding_.decision(random_shares(plan_.seed, space_.dimensions().size(), draw));
      const std::vector<Value> values = encoding_.values(x.data());
      const bool allowed = space_.judge(values) == PlanSpace::Verdict::kAllowed;
      for (std::size_t i = 0; i < alone_kept.size(); ++i) {
        alone_kept[i] += space_.violations()[i] == 0 ? 1 : 0;
      }
      const bool is_new = allowed && seen.insert(PlanSpace::key(space_.point(0, values))).second;
      in_vain = is_new ? 0 : in_vain + 1;
      if (is_new) first_.push_back(x);
    }
    if (first_.empty()) {
      // Judged again without a constraint to blame, an expression has no value anywhere.
      const Decision x(encoding_.size(), 0.0);
      if (space_.constraints().empty()) space_.takes(encoding_.values(x.data()));
      throw base::UsageError(plan_.where + " is empty: in " + std::to_string(kMostInVain) +
                             " draws " + space_.contradiction(alone_kept) + ".");
    }
    const std::size_t different = first_.size();
    while (first_.size() < plan_.population) {
      first_.push_back(Decision(first_[first_.size() - different]));
    }
  }

  pagmo::population first_generation() {
    pagmo::population population(pagmo::problem(SweepProblem{this}), 0u,
                                 static_cast<unsigned>(plan_.seed));
    std::vector<double> all;
    for (const Decision& x : first_) all.insert(all.end(), x.begin(), x.end());
    fitness(all);
    set_scale();
    const std::vector<double> scaled = fitness(all);  // from memory
    const auto width = static_cast<std::ptrdiff_t>(objectives_.size());
    for (std::size_t i = 0; i < first_.size(); ++i) {
      const auto begin = scaled.begin() + static_cast<std::ptrdiff_t>(i) * width;
      population.push_back(first_[i], Figures(begin, begin + width));
    }
    return population;
  }

  /// Objectives count as shares of their range in the first generation: MOEA/D weighs them.
  void set_scale() {
    Figures least(objectives_.size(), std::numeric_limits<double>::infinity());
    Figures most(objectives_.size(), -std::numeric_limits<double>::infinity());
    for (const auto& [key, figures] : memory_) {
      for (std::size_t k = 0; figures && k < least.size(); ++k) {
        least[k] = std::min(least[k], (*figures)[k]);
        most[k] = std::max(most[k], (*figures)[k]);
      }
    }
    if (!(least[0] <= most[0])) {
      throw base::UsageError(
          plan_.where + " cannot go on: none of the " + std::to_string(next_number_) +
          " points of the first generation is good and has all objectives" +
          (first_message_.empty() ? "." : "; the first says: " + first_message_));
    }
    for (std::size_t k = 0; k < least.size(); ++k) {
      const double range = most[k] - least[k];
      scale_[k] = range > 0 && std::isfinite(1 / range) ? 1 / range : 1;
    }
  }

  template <typename PagmoAlgorithm>
  void evolve(const PagmoAlgorithm& algorithm, pagmo::population& population) {
    unsigned idle = 0;
    for (std::uint64_t generation = 0; !ended_ && idle < kMostIdle; ++generation) {
      if (plan_.generations > 0 && generation == plan_.generations) return;
      if (plan_.points > 0 && next_number_ == plan_.points) return;
      const std::uint64_t before = next_number_;
      population = algorithm.evolve(population);
      idle = next_number_ == before ? idle + 1 : 0;
    }
  }

  std::vector<double> fitness(const std::vector<double>& decisions) override {
    const std::size_t count = decisions.size() / encoding_.size();
    std::vector<double> penalty(count, 0);  // of those that break constraints
    std::vector<std::string> keys(count);
    std::vector<Point> points;
    std::vector<std::string> point_keys;
    for (std::size_t i = 0; i < count; ++i) {
      const std::vector<Value> values = encoding_.values(&decisions[i * encoding_.size()]);
      if (space_.judge(values) != PlanSpace::Verdict::kAllowed) {
        penalty[i] = kConstraintPenalty * space_.excess();
        continue;
      }
      Point point = space_.point(next_number_, values);
      keys[i] = PlanSpace::key(point);
      if (memory_.count(keys[i]) != 0) continue;
      if (plan_.points > 0 && next_number_ == plan_.points) {
        ended_ = true;  // the rest of this generation would be over the budget
        continue;
      }
      memory_[keys[i]] = std::nullopt;  // until its result is here
      ++next_number_;
      point.depth = depth_;
      points.push_back(std::move(point));
      point_keys.push_back(keys[i]);
    }
    evaluate(points, point_keys);
    std::vector<double> all;
    for (std::size_t i = 0; i < count; ++i) {
      const auto found = memory_.find(keys[i]);
      const bool known = penalty[i] == 0 && found != memory_.end() && found->second;
      const double bad = penalty[i] > 0 ? penalty[i] : kFailedPenalty;
      for (std::size_t k = 0; k < objectives_.size(); ++k) {
        all.push_back(known ? (*found->second)[k] * scale_[k] : bad);
      }
    }
    return all;
  }

  void evaluate(const std::vector<Point>& points, const std::vector<std::string>& keys) {
    for (std::size_t begin = 0; begin < points.size(); begin += kBatchPoints) {
      const std::size_t end = std::min(points.size(), begin + kBatchPoints);
      const auto first = points.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto last = points.begin() + static_cast<std::ptrdiff_t>(end);
      const std::vector<PointResult> results = (*evaluate_)(std::vector<Point>(first, last));
      if (results.size() != end - begin) {
        throw base::ModelError("A batch of points has as many results as points.");
      }
      for (std::size_t i = 0; i < results.size(); ++i) {
        if (results[i].good()) {
          memory_[keys[begin + i]] = minimised(results[i].metrics, objectives_);
        } else if (first_message_.empty()) {
          first_message_ = results[i].message;
        }
      }
    }
  }

  std::pair<Decision, Decision> bounds() const override { return encoding_.bounds(); }
  std::size_t whole() const override { return encoding_.whole(); }
  std::size_t objectives() const override { return objectives_.size(); }

  PlanSpace space_;
  Encoding encoding_;
  PlanSpec plan_;
  std::vector<Objective> objectives_;
  Depth depth_;
  const EvaluateBatch* evaluate_ = nullptr;
  std::vector<Decision> first_;
  /// By PlanSpace::key() of points given: their objectives, none for those that failed.
  std::unordered_map<std::string, std::optional<Figures>> memory_;
  Figures scale_ = Figures(objectives_.size(), 1.0);
  std::uint64_t next_number_ = 0;
  std::string first_message_;  ///< of the first point that failed
  bool ended_ = false;         ///< the budget is spent
};

}  // namespace

std::unique_ptr<Planner> make_optimiser(const SweepSpec& spec) {
  return std::make_unique<Optimiser>(spec);
}

}  // namespace leyden::sweep
