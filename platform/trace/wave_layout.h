#pragma once

#include <string>
#include <vector>

#include "platform/trace/wave_signals.h"

namespace leyden::trace {

/// A GTKWave save file for a waveform: its signals in groups (program, core, bus and memories,
/// interrupts, units one after the other, pins of blocks, closed), with formats for how they are
/// read: addresses and data in hexadecimal, counts in decimal, single bits as lines.
/// @param signals  those of the waveform, in its order
std::string wave_layout(const std::string& wave_path, const std::vector<WaveSignal>& signals);

}  // namespace leyden::trace
