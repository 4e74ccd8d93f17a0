// Plants every violation the checker knows, on either side of it, and sees it found; a clean
// initiator and a clean target leave no trace.
#include "models/base/protocol_checker.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "tests/support/test_initiator.h"
#include "tests/support/test_target.h"

namespace leyden::base {
namespace {

/// A target that does whatever a test says.
class Rogue : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Rogue, kBusBits> socket;

  explicit Rogue(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {
    socket.register_b_transport(this, &Rogue::b_transport);
    socket.register_transport_dbg(this, &Rogue::transport_dbg);
    socket.register_get_direct_mem_ptr(this, &Rogue::get_direct_mem_ptr);
  }

  std::function<void(tlm::tlm_generic_payload&, sc_core::sc_time&)> transport;
  std::function<unsigned(tlm::tlm_generic_payload&)> debug;
  std::function<bool(tlm::tlm_generic_payload&, tlm::tlm_dmi&)> direct;

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (transport) transport(payload, delay);
  }
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) { return debug(payload); }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    return direct(payload, dmi);
  }
};

/// initiator - checker - rogue, initiator - checker - clean memory, and a method that calls.
class Bench : public sc_core::sc_module {
 public:
  explicit Bench(const sc_core::sc_module_name& name) : sc_module(name) {
    to_rogue.socket.bind(checker.target_socket);
    checker.initiator_socket.bind(rogue.socket);
    to_clean.socket.bind(clean_checker.target_socket);
    clean_checker.initiator_socket.bind(clean.socket);
    SC_HAS_PROCESS(Bench);
    SC_METHOD(method);
    sensitive << go;
    dont_initialize();
  }

  test::TestInitiator to_rogue{"to_rogue"};
  ProtocolChecker checker{"checker"};
  Rogue rogue{"rogue"};
  test::TestInitiator to_clean{"to_clean"};
  ProtocolChecker clean_checker{"clean_checker"};
  test::TestTarget clean{"clean", 0x1000};
  sc_core::sc_event go;

 private:
  void method() { to_rogue.get32(0); }
};

std::unique_ptr<Bench> bench;

class Elaboration : public testing::Environment {
  void SetUp() override {
    bench = std::make_unique<Bench>("bench");
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
};
[[maybe_unused]] const auto* const kElaboration =
    testing::AddGlobalTestEnvironment(new Elaboration);

class ProtocolCheckerTest : public testing::Test {
 protected:
  void SetUp() override {
    bench->checker.clear();
    bench->rogue.transport = nullptr;
  }
  /// Clause of the one violation found, all of them when it is not one.
  static std::string found() {
    const auto& violations = bench->checker.violations();
    return violations.size() == 1 ? violations[0].clause : bench->checker.summary();
  }
  /// What the checker finds when the initiator sets attributes wrongly.
  std::string with(const std::function<void(tlm::tlm_generic_payload&)>& wrong) {
    bench->checker.clear();
    tlm::tlm_generic_payload& call = payload.read(0, data, 4);
    wrong(call);
    bench->to_rogue.send(call);
    return found();
  }
  /// What the checker finds when the target misbehaves on a read, or a write, of 4 bytes.
  std::string target(const std::function<void(tlm::tlm_generic_payload&, sc_core::sc_time&)>& wrong,
                     bool write = false) {
    bench->checker.clear();
    bench->rogue.transport = wrong;
    bench->to_rogue.delay = sc_core::sc_time(5, sc_core::SC_NS);
    bench->to_rogue.send(write ? payload.write(0, data, 4) : payload.read(0, data, 4));
    bench->rogue.transport = nullptr;
    return found();
  }

  unsigned char data[16] = {};
  Payload payload{"test"};
};

TEST_F(ProtocolCheckerTest, CleanTrafficLeavesNoTrace) {
  bench->clean.grants_dmi = true;
  bench->clean.latency = sc_core::sc_time(7, sc_core::SC_NS);
  bench->to_clean.run([] {
    bench->to_clean.put32(0x10, 0x01020304);
    EXPECT_EQ(bench->to_clean.get<std::uint16_t>(0x12), 0x0102);
    unsigned char word[4] = {};
    EXPECT_EQ(bench->to_clean.debug_read(0x10, word, 4), 4U);
    EXPECT_EQ(bench->to_clean.read(0x1000, word, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    tlm::tlm_dmi dmi;
    EXPECT_TRUE(bench->to_clean.request_dmi(tlm::TLM_WRITE_COMMAND, 0x20, dmi));
    EXPECT_EQ(dmi.get_end_address(), 0xfffU);
    bench->clean.socket->invalidate_direct_mem_ptr(0, 0xfff);
  });
  EXPECT_EQ(bench->clean_checker.summary(), "");
  EXPECT_EQ(bench->clean_checker.calls(), 6U);
  EXPECT_EQ(bench->to_clean.delay, sc_core::sc_time(21, sc_core::SC_NS));
  EXPECT_EQ(bench->to_clean.invalidated.size(), 1U);
  ASSERT_FALSE(bench->clean.accesses.empty());
  EXPECT_EQ(bench->clean.accesses[0].initiator, "bench.to_clean");
}

TEST_F(ProtocolCheckerTest, InitiatorAttributes) {
  EXPECT_EQ(with([](auto& p) { p.set_data_ptr(nullptr); }), "14.11 e");
  EXPECT_EQ(with([](auto& p) { p.set_data_length(0); }), "14.12 d");
  EXPECT_EQ(with([](auto& p) { p.set_streaming_width(0); }), "14.15 f");
  EXPECT_EQ(with([](auto& p) { p.set_dmi_allowed(true); }), "14.16");
  EXPECT_EQ(with([](auto& p) { p.set_response_status(tlm::TLM_OK_RESPONSE); }), "14.17 e");
  EXPECT_EQ(with([](auto& p) { p.set_gp_option(tlm::TLM_FULL_PAYLOAD); }), "14.8 g");
  EXPECT_EQ(with([this](auto& p) { p.set_byte_enable_ptr(data); }), "14.14 f");
  unsigned char enable = 0x0f;
  EXPECT_EQ(with([&](auto& p) {
              p.set_byte_enable_ptr(&enable);
              p.set_byte_enable_length(1);
            }),
            "14.14");
  EXPECT_EQ(with([](auto&) {}), "");
}

TEST_F(ProtocolCheckerTest, AMethodProcessMustNotCall) {
  bench->go.notify(sc_core::SC_ZERO_TIME);
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_NS));
  EXPECT_EQ(found(), "11.1.1.4 b");
}

TEST_F(ProtocolCheckerTest, TargetResponse) {
  EXPECT_EQ(target([](auto& p, auto&) { p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE); }),
            "14.17");
  EXPECT_EQ(
      target([](auto& p, auto&) { p.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE); }),
      "14.17");
  EXPECT_EQ(target([](auto& p, auto&) { p.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE); }),
            "");
}

TEST_F(ProtocolCheckerTest, TargetChangesAttributes) {
  unsigned char other[16] = {};
  EXPECT_EQ(target([&](auto& p, auto&) { p.set_data_ptr(other); }), "14.7");
  EXPECT_EQ(target([](auto& p, auto&) { p.set_data_length(3); }), "14.7");
  EXPECT_EQ(target([](auto& p, auto&) { p.set_command(tlm::TLM_IGNORE_COMMAND); }), "14.7");
  EXPECT_EQ(target([](auto& p, auto&) { p.set_streaming_width(1); }), "14.7");
  EXPECT_EQ(target([&](auto& p, auto&) { p.set_byte_enable_ptr(other); }), "14.7");
  EXPECT_EQ(target([](auto& p, auto&) { p.set_byte_enable_length(1); }), "14.7");
  EXPECT_EQ(target([](auto& p, auto&) { p.set_gp_option(tlm::TLM_FULL_PAYLOAD); }), "14.7");
  // An interconnect may change the address and the DMI hint.
  EXPECT_EQ(target([](auto& p, auto&) {
              p.set_address(0x1234);
              p.set_dmi_allowed(true);
            }),
            "");
}

TEST_F(ProtocolCheckerTest, TargetWritesWhereItMayNot) {
  const auto scribble = [](tlm::tlm_generic_payload& p, sc_core::sc_time&) {
    ++p.get_data_ptr()[2];
  };
  EXPECT_EQ(target(scribble, true), "14.11");
  EXPECT_EQ(target(scribble, false), "");
  unsigned char enables[4] = {0xff, 0xff, 0x00, 0xff};
  bench->rogue.transport = scribble;
  EXPECT_EQ(with([&](auto& p) {
              p.set_byte_enable_ptr(enables);
              p.set_byte_enable_length(4);
            }),
            "14.11");
}

TEST_F(ProtocolCheckerTest, TargetAndTime) {
  EXPECT_EQ(target([](auto&, auto& delay) { delay -= sc_core::sc_time(1, sc_core::SC_NS); }),
            "11.1.1.4");
  EXPECT_EQ(target([](auto&, auto& delay) { delay += sc_core::sc_time(1, sc_core::SC_NS); }), "");
  bench->rogue.transport = [](auto&, auto&) { wait(sc_core::sc_time(1, sc_core::SC_NS)); };
  bench->to_rogue.run([] { bench->to_rogue.get32(0); });
  EXPECT_EQ(found(), "Leyden");
}

TEST_F(ProtocolCheckerTest, DirectMemory) {
  std::uint8_t memory[16] = {};
  const auto ask = [&](const std::function<bool(tlm::tlm_generic_payload&, tlm::tlm_dmi&)>& answer,
                       tlm::tlm_dmi dmi = {}) {
    bench->checker.clear();
    bench->rogue.direct = answer;
    bench->to_rogue.socket->get_direct_mem_ptr(payload.request(tlm::TLM_READ_COMMAND, 4), dmi);
    return found();
  };
  const auto good = [&](tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
    grant_dmi(dmi, memory, 0, 15, sc_core::SC_ZERO_TIME, sc_core::SC_ZERO_TIME);
    return true;
  };
  EXPECT_EQ(ask(good), "");
  tlm::tlm_dmi stale;
  good(payload.request(tlm::TLM_READ_COMMAND, 0), stale);
  EXPECT_EQ(ask(good, stale), "11.2.5");
  EXPECT_EQ(ask([&](auto& p, auto& dmi) { return good(p, dmi), dmi.set_dmi_ptr(nullptr), true; }),
            "11.2.5");
  EXPECT_EQ(ask([&](auto& p, auto& dmi) { return good(p, dmi), dmi.set_start_address(5), true; }),
            "11.2.5");
  EXPECT_EQ(ask([&](auto& p, auto& dmi) { return good(p, dmi), dmi.set_end_address(3), true; }),
            "11.2.5");
  EXPECT_EQ(ask([&](auto& p, auto& dmi) { return good(p, dmi), dmi.allow_write(), true; }),
            "11.2.5");
  EXPECT_EQ(ask([](auto&, auto& dmi) {
              deny_dmi(dmi, 8, 7);
              return false;
            }),
            "11.2.5");
  EXPECT_EQ(ask([](auto& p, auto&) {
              p.set_command(tlm::TLM_WRITE_COMMAND);
              return false;
            }),
            "11.2.4");
  bench->checker.clear();
  tlm::tlm_dmi dmi;
  bench->rogue.direct = [](auto&, auto&) { return false; };
  bench->to_rogue.socket->get_direct_mem_ptr(payload.request(tlm::TLM_IGNORE_COMMAND, 4), dmi);
  EXPECT_EQ(found(), "11.2.4");
  bench->checker.clear();
  bench->rogue.socket->invalidate_direct_mem_ptr(8, 7);
  EXPECT_EQ(found(), "11.2.5");
}

TEST_F(ProtocolCheckerTest, Debug) {
  const auto debug = [&](const std::function<unsigned(tlm::tlm_generic_payload&)>& answer,
                         tlm::tlm_generic_payload& call) {
    bench->checker.clear();
    bench->rogue.debug = answer;
    bench->to_rogue.socket->transport_dbg(call);
    return found();
  };
  EXPECT_EQ(debug([](auto&) { return 4; }, payload.read(0, data, 4)), "");
  EXPECT_EQ(debug([](auto&) { return 5; }, payload.read(0, data, 4)), "11.3.4 s");
  EXPECT_EQ(debug([](auto& p) { return p.set_data_length(2), 2; }, payload.read(0, data, 4)),
            "11.3.4");
  EXPECT_EQ(debug([](auto& p) { return ++p.get_data_ptr()[0], 4; }, payload.write(0, data, 4)),
            "14.11");
  EXPECT_EQ(debug([](auto&) { return 0; }, payload.read(0, nullptr, 4)), "11.3.4");
}

}  // namespace
}  // namespace leyden::base
