// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A transfer as a machine, of which the SMTChecker proves what holds after any number of calls (`scripts/check/smt-check.ts`).
/// @dev The contract's table is a constant that is shifted by what the caller says, which no solver tried could decide. So the table is
/// written here as a list; `Entities.t.sol` compares the two for each of the 64 pairs of states.
contract TransitionProof {
    uint8 private constant PAYER = 1;
    uint8 private constant PAYEE = 2;

    uint8 private _state = 1;
    uint8 private _origin;
    bool private _debited;
    bool private _creditRefused;
    bool private _ended;

    /// @notice Which leg's bank may report `to` from `from`; 0 where none.
    function legOf(uint8 from, uint8 to) public pure returns (uint8) {
        if (from == 1 && (to == 2 || to == 4 || to == 7)) return PAYER;
        if (from == 2 && (to == 3 || to == 5 || to == 7)) return PAYEE;
        if (from == 5 && (to == 6 || to == 7)) return PAYER;
        return 0;
    }

    /// @notice Any bank reports anything.
    function report(uint8 leg, uint8 to) external {
        require(leg == PAYER || leg == PAYEE);
        uint8 from = _state == 7 ? _origin : _state;
        require(legOf(from, to) == leg && !(_state == 7 && to == 7));
        _origin = to == 7 ? from : 0;
        _enter(from, to);
    }

    /// @notice Two arbiters resume, or choose the negative outcome.
    function resolve(uint8 to) external {
        require(_state == 7);
        require(to == _origin || (_origin == 1 && to == 4) || (_origin == 2 && to == 5));
        uint8 from = _origin;
        _origin = 0;
        _enter(from, to);
    }

    function _enter(uint8 from, uint8 to) private {
        // A final state is never left.
        assert(!_ended);
        // Whatever happens leads on, but for a suspension and its end.
        assert(to == from || to > from);
        if (to == 2) _debited = true;
        if (to == 5) _creditRefused = true;
        _state = to;
        _ended = to == 3 || to == 4 || to == 6;
        // Credited or refunded only what was debited; rejected only what was not.
        assert(!(to == 3 || to == 6) || _debited);
        assert(to != 4 || !_debited);
        // Refunded only what the payee's bank, or two arbiters for it, refused.
        assert(to != 6 || _creditRefused);
        assert(to != 3 || !_creditRefused);
        // A suspended transfer remembers an open state.
        assert(_state != 7 || _origin == 1 || _origin == 2 || _origin == 5);
    }
}
