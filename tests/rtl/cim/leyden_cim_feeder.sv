// The feeder: reads what the walk asks for, ahead of what the row registers take, fills in the
// padding and cuts codes to their bits. LMEM answers a granted read in a later cycle, in order.
module leyden_cim_feeder (
    input logic clk,
    input logic rst_n,

    input leyden_cim_types_pkg::job_t job,
    input leyden_cim_types_pkg::plan_t plan,
    input logic begin_job,
    input logic go,
    input logic stop,

    output logic         lmem_r_req,
    output logic [ 31:0] lmem_r_addr,
    output logic [ 15:0] lmem_r_strb,   // lanes that are wanted
    input  logic         lmem_r_gnt,
    input  logic         lmem_r_valid,
    input  logic [127:0] lmem_r_data,

    // To the row registers.
    output logic         write,
    output logic         shift,
    output logic [ 15:0] row,
    output logic [  4:0] bytes,
    output logic [127:0] data,
    output logic         row_ready,  // a window is complete, by the end of this cycle
    input  logic         launch,     // takes it

    output logic fed  // the whole input has been read
);
  localparam int unsigned DEPTH = 4;  // beats read ahead; a power of two
  localparam int unsigned BITS = $clog2(DEPTH);
  localparam int unsigned BEAT_BITS = 40;  // of a beat_t

  typedef struct packed {
    logic [15:0] lanes;
    logic [4:0] bytes;
    logic [15:0] row;
    logic first;
    logic shifted;
    logic last;
  } beat_t;

  // 1. Beats that are asked for.
  beat_t asked;
  logic asked_valid, asked_ready, reads, ended;
  leyden_cim_walk walk (
      .clk,
      .rst_n,
      .job,
      .plan,
      .begin_job,
      .go,
      .stop,
      .valid(asked_valid),
      .ready(asked_ready),
      .address(lmem_r_addr),
      .lanes(asked.lanes),
      .bytes(asked.bytes),
      .row(asked.row),
      .first(asked.first),
      .shifted(asked.shifted),
      .last(asked.last),
      .ended(ended)
  );

  // 2. Queues: of beats, and of the data that came for those that read.
  logic [BEAT_BITS-1:0] beats_q[DEPTH];  // Yosys 0.23 has no arrays of structures
  logic [127:0] data_q[DEPTH];
  logic [BITS:0] beats_in_q, beats_out_q, data_in_q, data_out_q;
  logic room, beat_there, data_there;
  assign room        = beats_in_q - beats_out_q != (BITS + 1)'(DEPTH);
  assign beat_there  = beats_in_q != beats_out_q;
  assign data_there  = data_in_q != data_out_q;
  assign reads       = asked.lanes != 16'd0;
  assign lmem_r_req  = asked_valid && reads && room;
  assign lmem_r_strb = asked.lanes;
  assign asked_ready = room && (!reads || lmem_r_gnt);

  // 3. The first beat, as soon as its data are there; those that arrive now, too.
  beat_t head;
  logic head_reads, head_valid, take, full_q;
  logic [127:0] head_data;
  logic [7:0] mask;
  assign head       = beats_q[beats_out_q[BITS-1:0]];
  assign head_reads = head.lanes != 16'd0;
  assign head_data  = data_there ? data_q[data_out_q[BITS-1:0]] : lmem_r_data;
  assign head_valid = beat_there && (!head_reads || data_there || lmem_r_valid);
  assign take       = head_valid && !full_q;
  assign mask       = job.in_bits[3] ? 8'hff : (8'd1 << job.in_bits[2:0]) - 8'd1;
  always_comb begin
    for (int i = 0; i < 16; i++) begin
      data[8*i+:8] = (head.lanes[i] ? head_data[8*i+:8] : job.pad_value) & mask;
    end
  end
  assign write     = take;
  assign shift     = head.first && head.shifted;
  assign row       = head.row;
  assign bytes     = head.bytes;
  assign row_ready = full_q || take && head.last;
  assign fed       = ended && beats_in_q == beats_out_q;

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      beats_in_q  <= '0;
      beats_out_q <= '0;
      data_in_q   <= '0;
      data_out_q  <= '0;
      full_q      <= 1'b0;
    end else begin
      if (asked_valid && asked_ready) beats_in_q <= beats_in_q + 1'b1;
      if (lmem_r_valid) data_in_q <= data_in_q + 1'b1;
      if (take) beats_out_q <= beats_out_q + 1'b1;
      if (take && head_reads) data_out_q <= data_out_q + 1'b1;
      full_q <= row_ready && !launch;
    end
  end
  always_ff @(posedge clk) begin
    if (asked_valid && asked_ready) beats_q[beats_in_q[BITS-1:0]] <= asked;
    if (lmem_r_valid) data_q[data_in_q[BITS-1:0]] <= lmem_r_data;
  end

`ifndef SYNTHESIS
  assert property (@(posedge clk) disable iff (!rst_n) launch |-> row_ready)
  else $error("a window is launched that is not complete");
  assert property (@(posedge clk) disable iff (!rst_n)
                   lmem_r_valid |-> data_in_q - data_out_q != (BITS + 1)'(DEPTH) && beat_there)
  else $error("LMEM answers a read that was not made");
  assert property (@(posedge clk) disable iff (!rst_n)
                   lmem_r_req && !lmem_r_gnt && !stop |=> lmem_r_req && $stable(lmem_r_addr))
  else $error("a read of LMEM changes before it is granted");
`endif
endmodule
