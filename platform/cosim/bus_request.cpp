#include "platform/cosim/bus_request.h"

#include <algorithm>

namespace leyden::cosim {

AxiResponse axi_response(tlm::tlm_response_status status) {
  if (status == tlm::TLM_OK_RESPONSE) return AxiResponse::kOkay;
  return status == tlm::TLM_ADDRESS_ERROR_RESPONSE ? AxiResponse::kDecerr : AxiResponse::kSlverr;
}

tlm::tlm_response_status tlm_response(AxiResponse response) {
  if (response == AxiResponse::kOkay) return tlm::TLM_OK_RESPONSE;
  return response == AxiResponse::kDecerr ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                          : tlm::TLM_GENERIC_ERROR_RESPONSE;
}

EnabledRange enabled_range(const std::vector<std::uint8_t>& enables) {
  const auto enabled = [](std::uint8_t e) { return e == TLM_BYTE_ENABLED; };
  const auto first = std::find_if(enables.begin(), enables.end(), enabled);
  if (first == enables.end()) return {};
  const auto end = std::find_if(enables.rbegin(), enables.rend(), enabled).base();
  return {static_cast<std::size_t>(first - enables.begin()),
          static_cast<std::size_t>(end - enables.begin()), !std::all_of(first, end, enabled)};
}

tlm::tlm_generic_payload& enabled_write(base::Payload& payload, std::uint64_t address,
                                        const EnabledRange& range,
                                        const std::vector<std::uint8_t>& data,
                                        std::vector<std::uint8_t>& enables) {
  const auto length = static_cast<unsigned>(range.end - range.begin);
  tlm::tlm_generic_payload& write =
      payload.write(address + range.begin, data.data() + range.begin, length);
  if (range.holes) {
    write.set_byte_enable_ptr(enables.data() + range.begin);
    write.set_byte_enable_length(length);
  }
  return write;
}

std::uint64_t AnswerTime::due(const sc_core::sc_time& delay, unsigned charged) const {
  const std::uint64_t period = clock_.clock().period().value();
  const std::uint64_t took = (sc_core::sc_time_stamp() + delay - asked_at_).value();
  const std::uint64_t cycles = (took + period - 1) / period;
  return edge_ + (cycles > charged ? cycles - charged : 0);
}

}  // namespace leyden::cosim
