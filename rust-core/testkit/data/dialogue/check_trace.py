"""Checks traces against the model: each state must be a successor of the one before it.
Usage: check_trace.py MODEL < TRACES   one state per line, an empty line between traces"""
import sys
source = open(sys.argv[1]).read()
# The rules without the search: everything before the start state is looked at, with no budget that could run out.
rules, _ = source.split('\nstart = ')
sys.argv = [sys.argv[1], '-'] + ['1000000'] * 6
exec(compile(rules, sys.argv[0], 'exec'))
start = ((INIT, INIT), (), 0, 0)
before, steps = None, 0
for number, line in enumerate(sys.stdin, 1):
    line = line.strip()
    if not line:
        before = None
        continue
    state = eval(line, {'__builtins__': {}})
    if before is None:
        if state != start: sys.exit('line %d: not the start of the model: %s' % (number, line))
    else:
        if not any(t == state for t in succ(before)): sys.exit('line %d: no step of the model leads from\n%r to\n%r' % (number, before, state))
        b = bad(state)
        if b: sys.exit('line %d: %s' % (number, b))
        steps += 1
    before = state
print('%d steps, each one of the model' % steps)
