// Plants every broken rule of non-blocking transport that the checker knows, on either side of it.
#include <functional>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/payload_pool.h"
#include "models/base/phased_master.h"
#include "models/base/protocol_checker.h"

namespace leyden::base {
namespace {

using testing::HasSubstr;

/// Both ends of a checker, driven by hand.
struct Ends : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Ends, kBusBits> initiator{"initiator"};
  tlm_utils::simple_target_socket<Ends, kBusBits> target{"target"};
  ProtocolChecker checker{"checker"};
  PayloadPool pool;
  std::uint32_t word = 0;
  tlm::tlm_sync_enum forward_sync = tlm::TLM_ACCEPTED;
  tlm::tlm_phase forward_phase = tlm::BEGIN_REQ;
  tlm::tlm_sync_enum backward_sync = tlm::TLM_ACCEPTED;

  explicit Ends(const sc_core::sc_module_name& name) : sc_module(name) {
    initiator.bind(checker.target_socket);
    checker.initiator_socket.bind(target);
    initiator.register_nb_transport_bw(this, &Ends::backward);
    target.register_nb_transport_fw(this, &Ends::forward);
  }
  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time&) {
    if (phase == tlm::BEGIN_REQ) {
      phase = forward_phase;
      if (forward_sync == tlm::TLM_COMPLETED) {
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
      }
    }
    return forward_sync;
  }
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) {
    return backward_sync;
  }
  tlm::tlm_generic_payload& payload() {
    tlm::tlm_generic_payload& made = pool.allocate();
    fill(made);
    made.acquire();
    return made;
  }
  void fill(tlm::tlm_generic_payload& made) {
    made.set_command(tlm::TLM_READ_COMMAND);
    made.set_address(0);
    made.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
    made.set_data_length(4);
    made.set_streaming_width(4);
    made.set_byte_enable_ptr(nullptr);
    made.set_dmi_allowed(false);
    made.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }
  void send(tlm::tlm_generic_payload& made, tlm::tlm_phase phase) {
    sc_core::sc_time delay;
    initiator->nb_transport_fw(made, phase, delay);
  }
  void answer(tlm::tlm_generic_payload& made, tlm::tlm_phase phase) {
    sc_core::sc_time delay;
    if (phase == tlm::BEGIN_RESP && good_answers) {
      made.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    target->nb_transport_bw(made, phase, delay);
  }
  bool good_answers = true;
};

class ProtocolPhasesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ends_ = std::make_unique<Ends>("ends");
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static void TearDownTestSuite() { ends_.reset(); }
  void SetUp() override {
    ends_->checker.clear();
    ends_->forward_sync = tlm::TLM_ACCEPTED;
    ends_->backward_sync = tlm::TLM_ACCEPTED;
    ends_->good_answers = true;
  }
  /// Completes what a test left open, so that the next begins afresh.
  static void complete(tlm::tlm_generic_payload& payload) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    ends_->answer(payload, tlm::BEGIN_RESP);
    ends_->send(payload, tlm::END_RESP);
    payload.release();
  }
  static void expect(const std::string& text) {
    ASSERT_FALSE(ends_->checker.violations().empty()) << "nothing found of: " << text;
    EXPECT_THAT(ends_->checker.violations().front().text, HasSubstr(text));
  }

  static std::unique_ptr<Ends> ends_;
};

std::unique_ptr<Ends> ProtocolPhasesTest::ends_;

TEST_F(ProtocolPhasesTest, CleanTransactionsLeaveNoTrace) {
  Ends& e = *ends_;
  auto& four = e.payload();
  e.send(four, tlm::BEGIN_REQ);
  e.answer(four, tlm::END_REQ);
  auto& next = e.payload();
  e.send(next, tlm::BEGIN_REQ);  // while the first waits for its response
  e.answer(four, tlm::BEGIN_RESP);
  e.send(four, tlm::END_RESP);
  four.release();
  e.answer(next, tlm::BEGIN_RESP);  // ends the request as well
  e.send(next, tlm::END_RESP);
  next.release();
  e.forward_sync = tlm::TLM_COMPLETED;
  auto& early = e.payload();
  e.send(early, tlm::BEGIN_REQ);
  early.release();
  EXPECT_EQ(e.checker.summary(), "");
  EXPECT_EQ(e.checker.phased_transactions(), 3u);
  EXPECT_EQ(e.checker.open_transactions(), 0u);
}

TEST_F(ProtocolPhasesTest, TwoRequestsAtOnce) {
  auto& first = ends_->payload();
  auto& second = ends_->payload();
  ends_->send(first, tlm::BEGIN_REQ);
  ends_->send(second, tlm::BEGIN_REQ);
  expect("sent BEGIN_REQ before the request before it had ended");
  complete(first);
  complete(second);
}

TEST_F(ProtocolPhasesTest, OneTransactionTwice) {
  auto& payload = ends_->payload();
  ends_->send(payload, tlm::BEGIN_REQ);
  ends_->answer(payload, tlm::END_REQ);
  ends_->send(payload, tlm::BEGIN_REQ);
  expect("sent BEGIN_REQ for a transaction that is under way");
  complete(payload);
}

TEST_F(ProtocolPhasesTest, APayloadNobodyCounts) {
  tlm::tlm_generic_payload payload;
  ends_->fill(payload);
  ends_->send(payload, tlm::BEGIN_REQ);
  expect("has no memory manager");
  ends_->answer(payload, tlm::BEGIN_RESP);
  ends_->send(payload, tlm::END_RESP);
}

TEST_F(ProtocolPhasesTest, APayloadNobodyAcquired) {
  auto& payload = ends_->pool.allocate();
  ends_->fill(payload);
  ends_->send(payload, tlm::BEGIN_REQ);
  expect("that it has not acquired");
  payload.acquire();
  complete(payload);
}

TEST_F(ProtocolPhasesTest, EndOfAResponseThatNeverBegan) {
  auto& payload = ends_->payload();
  ends_->send(payload, tlm::BEGIN_REQ);
  ends_->send(payload, tlm::END_RESP);
  expect("END_RESP for a transaction that has no response");
  payload.release();
}

TEST_F(ProtocolPhasesTest, PhasesOfTheOtherSide) {
  auto& payload = ends_->payload();
  ends_->send(payload, tlm::BEGIN_REQ);
  ends_->send(payload, tlm::END_REQ);
  expect("the initiator sent a phase that is neither");
  ends_->checker.clear();
  ends_->answer(payload, tlm::END_RESP);
  expect("the target sent a phase that is neither");
  complete(payload);
}

TEST_F(ProtocolPhasesTest, ARequestEndedTwice) {
  auto& payload = ends_->payload();
  ends_->send(payload, tlm::BEGIN_REQ);
  ends_->answer(payload, tlm::END_REQ);
  ends_->answer(payload, tlm::END_REQ);
  expect("END_REQ for a request that had ended");
  complete(payload);
}

TEST_F(ProtocolPhasesTest, TwoResponsesAtOnce) {
  auto& first = ends_->payload();
  auto& second = ends_->payload();
  ends_->send(first, tlm::BEGIN_REQ);
  ends_->answer(first, tlm::END_REQ);
  ends_->send(second, tlm::BEGIN_REQ);
  ends_->answer(first, tlm::BEGIN_RESP);
  ends_->answer(second, tlm::BEGIN_RESP);
  expect("sent BEGIN_RESP before the response before it had ended");
  for (auto* payload : {&first, &second}) {
    ends_->send(*payload, tlm::END_RESP);
    payload->release();
  }
}

TEST_F(ProtocolPhasesTest, AResponseTwice) {
  auto& payload = ends_->payload();
  ends_->send(payload, tlm::BEGIN_REQ);
  ends_->answer(payload, tlm::BEGIN_RESP);
  ends_->answer(payload, tlm::BEGIN_RESP);
  expect("sent BEGIN_RESP twice");
  ends_->send(payload, tlm::END_RESP);
  payload.release();
}

TEST_F(ProtocolPhasesTest, AnAnswerWithoutAResponse) {
  auto& payload = ends_->payload();
  ends_->send(payload, tlm::BEGIN_REQ);
  ends_->good_answers = false;
  ends_->answer(payload, tlm::BEGIN_RESP);
  expect("the target left the response incomplete");
  ends_->send(payload, tlm::END_RESP);
  payload.release();
}

TEST_F(ProtocolPhasesTest, APhaseAfterTheEnd) {
  auto& payload = ends_->payload();
  ends_->send(payload, tlm::BEGIN_REQ);
  ends_->answer(payload, tlm::BEGIN_RESP);
  ends_->send(payload, tlm::END_RESP);
  ends_->answer(payload, tlm::BEGIN_RESP);
  expect("of a transaction that is not under way");
  payload.release();
}

TEST_F(ProtocolPhasesTest, AChangedAttribute) {
  auto& payload = ends_->payload();
  ends_->send(payload, tlm::BEGIN_REQ);
  payload.set_data_length(2);
  ends_->answer(payload, tlm::BEGIN_RESP);
  expect("the target changed the command");
  payload.set_data_length(4);
  ends_->send(payload, tlm::END_RESP);
  payload.release();
}

TEST_F(ProtocolPhasesTest, ThePoolTakesPayloadsBack) {
  PayloadPool pool;
  auto& first = pool.allocate();
  first.acquire();
  EXPECT_EQ(pool.in_use(), 1u);
  first.release();
  EXPECT_EQ(pool.in_use(), 0u);
  EXPECT_EQ(&pool.allocate(), &first);
}

}  // namespace
}  // namespace leyden::base
