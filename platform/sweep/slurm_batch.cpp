#include "platform/sweep/slurm_batch.h"

#include <algorithm>

#include "models/base/error.h"
#include "platform/sweep/slurm_executor.h"

namespace leyden::sweep {
namespace {

using std::chrono::milliseconds;

/// How long a file of a task that ended badly may take to be seen.
constexpr milliseconds kSettle(2000);

/// Exit statuses of this program itself (base::ExitStatus): the task was not killed, it refused.
bool refused(const SlurmEnd& end) {
  const int status = end.exit_status.value_or(0);
  return end.signal.value_or(0) == 0 && status >= static_cast<int>(base::ExitStatus::kFirmware) &&
         status <= static_cast<int>(base::ExitStatus::kModel);
}

/// Reasons of waiting that pass by themselves.
bool is_ordinary(const std::string& reason) {
  static const std::set<std::string> kOrdinary = {
      "None",       "Priority", "Resources",   "JobArrayTaskLimit",
      "BeginTime",  "Cleaning", "Reservation", "Prolog",
      "Dependency", "(null)",   "Licenses",    "QOSMaxJobsPerUserLimit"};
  return kOrdinary.count(reason) != 0;
}

}  // namespace

SlurmBatch::SlurmBatch(SlurmSweep& sweep, const std::vector<Point>& points,
                       const OnResult& on_result)
    : sweep_(sweep), on_result_(on_result) {
  for (const Point& point : points) {
    const Key key(point.stage, point.number);
    State state;
    state.point = &point;
    if (!states_.emplace(key, state).second) {
      throw base::ModelError("Point " + std::to_string(point.number) + " is in a batch twice.");
    }
    order_.push_back(key);
  }
  untold_ = order_.size();
}

SlurmBatch::State* SlurmBatch::find(const Key& key) {
  const auto found = states_.find(key);
  return found == states_.end() ? nullptr : &found->second;
}

std::vector<SlurmBatch::Key> SlurmBatch::left(const Task& task) const {
  std::vector<Key> keys;
  std::copy_if(task.share.points.begin(), task.share.points.end(), std::back_inserter(keys),
               [this](const Key& key) { return !states_.at(key).told; });
  return keys;
}

void SlurmBatch::tell(const PointResult& result) {
  State* state = find({result.stage, result.number});
  if (state == nullptr || state->told) return;
  on_result_(result);
  state->told = true;
  --untold_;
}

void SlurmBatch::notice(const std::string& sentence) const {
  if (sweep_.options.notice) sweep_.options.notice(sentence);
}

void SlurmBatch::take_up() {
  const auto live = sweep_.client.tasks(sweep_.folder.job_prefix());
  if (!live) throw base::UsageError("The Slurm cluster does not tell its jobs (squeue).");
  sweep_.last_serial = std::max(sweep_.last_serial, sweep_.folder.last_serial());
  for (const SlurmTask& task : *live) {
    sweep_.last_serial = std::max(sweep_.last_serial, serial_of_job(task.name));
  }
  std::vector<Place> kept;
  for (const Place& place : sweep_.folder.places()) take_up(place, *live, kept);
  const std::set<Place> used(kept.begin(), kept.end());
  for (const SlurmTask& task : *live) {
    const bool of_use = used.count({serial_of_job(task.name), task.index}) != 0;
    if (!task.ended() && !of_use) sweep_.client.cancel(task.job, task.index);
  }
  sweep_.folder.remove_but(kept);
}

void SlurmBatch::take_up(const Place& place, const std::vector<SlurmTask>& live,
                         std::vector<Place>& kept) {
  Chunk chunk;
  try {
    chunk = read_chunk(sweep_.folder.chunk(place));
  } catch (const base::Error&) {
    return;  // not whole: it was never submitted
  }
  // A result counts for a point that is the same to its last letter.
  std::set<Key> same;
  bool all_wanted = true;
  Share share;
  for (const Point& point : chunk.points) {
    const Key key(point.stage, point.number);
    const State* state = find(key);
    if (state != nullptr && encode(*state->point) == encode(point)) same.insert(key);
  }
  ResultReader reader(sweep_.folder.results(place));
  std::set<Key> done;
  for (const PointResult& result : reader.read()) {
    done.insert({result.stage, result.number});
    if (same.count({result.stage, result.number}) != 0) tell(result);
  }
  for (const Point& point : chunk.points) {
    const Key key(point.stage, point.number);
    if (done.count(key) != 0) continue;
    all_wanted = all_wanted && same.count(key) != 0 && !find(key)->placed;
    share.points.push_back(key);
  }
  if (share.points.empty() || !all_wanted) return;
  for (const SlurmTask& task : live) {
    const Place other{serial_of_job(task.name), task.index};
    if (other < place || place < other || task.ended() || task.held()) continue;
    for (const Key& key : share.points) find(key)->placed = true;
    tasks_.push_back({place, task.job, share, std::move(reader), task.state});
    kept.push_back(place);
    return;
  }
}

std::vector<SlurmBatch::Share> SlurmBatch::shares() const {
  std::vector<Key> rest;
  for (const Key& key : order_) {
    const State& state = states_.at(key);
    if (!state.told && !state.placed) rest.push_back(key);
  }
  std::vector<Share> shares;
  if (rest.empty()) return shares;
  std::uint64_t size = sweep_.options.points_per_task;
  if (size == 0) size = chunk_size(states_.at(rest.front()).point->depth, rest.size());
  for (std::size_t i = 0; i < rest.size(); i += size) {
    const std::size_t end = std::min<std::size_t>(rest.size(), i + size);
    Share share;
    share.points.assign(rest.begin() + static_cast<std::ptrdiff_t>(i),
                        rest.begin() + static_cast<std::ptrdiff_t>(end));
    shares.push_back(std::move(share));
  }
  return shares;
}

void SlurmBatch::submit() { submit(shares()); }

void SlurmBatch::submit(const std::vector<Share>& shares) {
  const Share* begin = shares.data();
  const Share* const end = begin + shares.size();
  while (begin != end) {
    const auto count = std::min<std::uint64_t>(sweep_.most_tasks, end - begin);
    submit_array(begin, begin + count);
    begin += count;
  }
}

void SlurmBatch::submit_array(const Share* begin, const Share* end) {
  const std::uint64_t serial = ++sweep_.last_serial;
  const std::size_t first = tasks_.size();
  for (const Share* share = begin; share != end; ++share) {
    const Place place{serial, static_cast<std::uint64_t>(share - begin)};
    Chunk chunk{sweep_.base, {}};
    for (const Key& key : share->points) {
      State& state = states_.at(key);
      state.placed = true;
      chunk.points.push_back(*state.point);
    }
    sweep_.folder.make_results(place);
    write_chunk(sweep_.folder.chunk(place), chunk);
    tasks_.push_back({place, 0, *share, ResultReader(sweep_.folder.results(place)), ""});
  }
  sweep_.folder.write_script(serial, sweep_.options.program);
  // From here on the cluster may have the array, whatever becomes of sbatch: cancel() knows it by
  // its name.
  const std::uint64_t job =
      sweep_.client.submit({sweep_.folder.script(serial), sweep_.folder.job_name(serial),
                            static_cast<std::uint64_t>(end - begin), sweep_.options.tasks_at_once,
                            sweep_.folder.log_pattern(serial), sweep_.sbatch});
  for (std::size_t i = first; i < tasks_.size(); ++i) tasks_[i].job = job;
  submitted_ = Clock::now();
  asked_ = submitted_;
}

bool SlurmBatch::read() {
  for (Task& task : tasks_) {
    if (task.over) continue;
    const std::vector<PointResult> results = task.reader.read();
    for (const PointResult& result : results) tell(result);
    if (!results.empty() && left(task).empty()) task.over = true;
  }
  return untold_ == 0;
}

milliseconds SlurmBatch::pause() const {
  const auto active =
      std::count_if(tasks_.begin(), tasks_.end(), [](const Task& task) { return !task.over; });
  return std::clamp(milliseconds(2 * active), milliseconds(100), milliseconds(5000));
}

void SlurmBatch::ask() {
  const Clock::time_point now = Clock::now();
  milliseconds interval = sweep_.options.ask_interval;
  if (interval.count() == 0) {
    interval = std::clamp(std::chrono::duration_cast<milliseconds>((now - submitted_) / 10),
                          milliseconds(500), milliseconds(15000));
  }
  if (now - asked_ < interval) return;
  const auto known = sweep_.client.tasks(sweep_.folder.job_prefix());
  asked_ = Clock::now();
  if (!known) {
    if (!silent_since_) notice("The Slurm cluster does not answer; the sweep waits for it.");
    silent_since_ = silent_since_.value_or(asked_);
    if (asked_ - *silent_since_ < sweep_.options.silence) return;
    throw base::UsageError("The Slurm cluster has not answered for " +
                           std::to_string(sweep_.options.silence.count() / 1000) +
                           " s; the sweep can be resumed when it does.");
  }
  silent_since_.reset();
  std::map<Place, SlurmTask> places;
  for (const SlurmTask& task : *known) places[{serial_of_job(task.name), task.index}] = task;
  std::vector<Share> again;
  // Results are read after the cluster was asked: what a task that has ended wrote is there.
  if (read()) return;
  for (Task& task : tasks_) {
    if (task.over) continue;
    update(task, places);
    if (is_lost(task)) lost(task, again);
  }
  tell_why_they_wait(*known);
  submit(again);
}

void SlurmBatch::update(Task& task, const std::map<Place, SlurmTask>& known) {
  const auto found = known.find(task.place);
  bool ended = false;
  if (found == known.end()) {
    const SlurmEnd end = sweep_.client.end_of(task.job, task.place.index);
    task.state = end.state;
    ended = end.state.empty() || SlurmTask{0, 0, end.state, "", ""}.ended();
  } else {
    task.state = found->second.state;
    ended = found->second.ended();
    if (found->second.held() || task.reader.starts() > kMostTaskStarts) {
      sweep_.client.cancel(task.job, task.place.index);
      ended = true;
    }
  }
  if (!ended) {
    task.ended.reset();  // the cluster has put it back into its queue
  } else if (!task.ended) {
    task.ended = Clock::now();
  }
}

bool SlurmBatch::is_lost(const Task& task) const {
  if (!task.ended) return false;
  const milliseconds within = task.state == "COMPLETED"
                                  ? sweep_.options.visible_within
                                  : std::min(kSettle, sweep_.options.visible_within);
  return Clock::now() - *task.ended >= within;
}

void SlurmBatch::lost(Task& task, std::vector<Share>& again) {
  task.over = true;
  const SlurmEnd end = sweep_.client.end_of(task.job, task.place.index);
  const std::string how =
      std::to_string(task.job) + "_" + std::to_string(task.place.index) + " as " + end.text();
  const bool able = task.reader.last_start().status == base::ExitStatus::kGood;
  if (!task.reader.started() || !able || refused(end)) {
    false_start(task, how, again);
  } else {
    blame(task, how, again);
  }
}

void SlurmBatch::false_start(Task& task, const std::string& how, std::vector<Share>& again) {
  Share share{left(task), task.share.false_starts + 1};
  if (share.points.size() < task.share.points.size()) share.false_starts = 1;
  if (share.false_starts < kMostTaskDeaths) {
    again.push_back(std::move(share));
    return;
  }
  const WorkerStart& start = task.reader.last_start();
  if (start.status != base::ExitStatus::kGood) throw base::Error(start.status, start.message);
  std::string words = sweep_.folder.last_words(task.place);
  if (!words.empty() && words.back() == '.') words.pop_back();
  throw base::ModelError("Slurm tasks of this sweep end before they evaluate a point, the last " +
                         how + (words.empty() ? "" : ": " + words) + "; its log is " +
                         sweep_.folder.log(task.place) + ".");
}

void SlurmBatch::blame(Task& task, const std::string& how, std::vector<Share>& again) {
  std::vector<Key> keys = left(task);
  // Points are evaluated in order: the first without a result is the one it died at.
  State& state = states_.at(keys.front());
  ++state.deaths;
  const bool restarted = task.reader.starts() > kMostTaskStarts;
  if (state.deaths >= kMostTaskDeaths || restarted) {
    task.keep_log = true;
    PointResult result;
    result.stage = keys.front().first;
    result.number = keys.front().second;
    result.status = base::ExitStatus::kModel;
    result.message = restarted ? "The cluster started the task of this point " +
                                     std::to_string(task.reader.starts()) +
                                     " times and it never came to an end."
                               : "The task of this point ended " + std::to_string(state.deaths) +
                                     " times before its result, the last " + how + "; its log is " +
                                     sweep_.folder.log(task.place) + ".";
    tell(result);
  } else {
    again.push_back({{keys.front()}, 0});
  }
  keys.erase(keys.begin());
  if (!keys.empty()) again.push_back({std::move(keys), 0});
}

void SlurmBatch::tell_why_they_wait(const std::vector<SlurmTask>& tasks) {
  for (const SlurmTask& task : tasks) {
    if (task.state != "PENDING" || is_ordinary(task.reason)) continue;
    if (!reasons_told_.insert(task.reason).second) continue;
    notice("Slurm lets tasks wait: " + task.reason + " (squeue --name=" + task.name + ").");
  }
}

void SlurmBatch::cancel() {
  std::set<std::uint64_t> serials;
  for (const Task& task : tasks_) {
    if (!task.over) serials.insert(task.place.serial);
  }
  for (const std::uint64_t serial : serials) {
    const std::string name = sweep_.folder.job_name(serial);
    if (!sweep_.client.cancel(name)) {
      notice("Tasks may still run: scancel --name=" + name + " failed.");
    }
  }
}

void SlurmBatch::clean() {
  std::set<std::uint64_t> serials;
  for (const Task& task : tasks_) {
    sweep_.folder.remove(task.place, !task.keep_log);
    serials.insert(task.place.serial);
  }
  for (const std::uint64_t serial : serials) sweep_.folder.remove_script(serial);
}

}  // namespace leyden::sweep
