#pragma once

#include <array>
#include <fstream>
#include <string>
#include <vector>

#include "platform/trace/wave_writer.h"

namespace leyden::trace {

/// Value change dump, IEEE Std 1364-2005, section 18: four-state VCD, timescale 1 ps.
class VcdWriter : public WaveWriter {
 public:
  VcdWriter(const std::string& path, const std::vector<WaveSignal>& signals);

  void start(std::uint64_t picoseconds, const std::vector<std::int64_t>& values) override;
  void time(std::uint64_t picoseconds) override;
  void change(std::size_t signal, std::uint64_t value) override;
  void change_wide(std::size_t signal, const std::array<std::uint64_t, 2>& value) override;
  void note(const std::string& text) override;
  void finish() override;

 private:
  void check() const;

  const std::string path_;
  std::ofstream file_;
  std::string buffer_;
  std::vector<std::string> codes_;  ///< identifier of each signal
  std::vector<unsigned> bits_;
};

}  // namespace leyden::trace
