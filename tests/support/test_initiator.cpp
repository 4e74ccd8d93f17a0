#include "tests/support/test_initiator.h"

namespace leyden::test {

TestInitiator::TestInitiator(const sc_core::sc_module_name& name)
    : sc_module(name), socket("socket"), payload_(this->name()) {
  socket.register_invalidate_direct_mem_ptr(this, &TestInitiator::on_invalidate);
  SC_HAS_PROCESS(TestInitiator);
  SC_THREAD(thread);
}

tlm::tlm_response_status TestInitiator::send(tlm::tlm_generic_payload& payload) {
  socket->b_transport(payload, delay);
  dmi_hint = payload.is_dmi_allowed();
  return payload.get_response_status();
}

tlm::tlm_response_status TestInitiator::read(std::uint64_t address, void* data, unsigned length) {
  return send(payload_.read(address, data, length));
}

tlm::tlm_response_status TestInitiator::write(std::uint64_t address, const void* data,
                                              unsigned length) {
  return send(payload_.write(address, data, length));
}

unsigned TestInitiator::debug_read(std::uint64_t address, void* data, unsigned length) {
  return socket->transport_dbg(payload_.read(address, data, length));
}

unsigned TestInitiator::debug_write(std::uint64_t address, const void* data, unsigned length) {
  return socket->transport_dbg(payload_.write(address, data, length));
}

bool TestInitiator::request_dmi(tlm::tlm_command command, std::uint64_t address,
                                tlm::tlm_dmi& dmi) {
  dmi.init();
  return socket->get_direct_mem_ptr(payload_.request(command, address), dmi);
}

void TestInitiator::on_invalidate(sc_dt::uint64 first, sc_dt::uint64 last) {
  invalidated.emplace_back(first, last);
}

void TestInitiator::run(std::function<void()> body, const sc_core::sc_time& limit) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);  // the thread waits for go_ from here on
  body_ = std::move(body);
  go_.notify(sc_core::SC_ZERO_TIME);
  const sc_core::sc_time end = sc_core::sc_time_stamp() + limit;
  while (body_ && sc_core::sc_pending_activity() &&
         sc_core::sc_time_stamp() + sc_core::sc_time_to_pending_activity() <= end) {
    sc_core::sc_start(sc_core::sc_time_to_pending_activity());
  }
  EXPECT_FALSE(body_) << "the body did not end within " << limit;
}

void TestInitiator::thread() {
  for (;;) {
    wait(go_);
    if (body_) body_();
    body_ = nullptr;
  }
}

}  // namespace leyden::test
