"""The only place where sources, targets, mappings and the store meet: poll -> map -> plan -> apply -> record.

    poll.py      list what may have changed, mark the links, move the cursor
    work.py      claim marked links, fetch their issues, look up their records, hand each to a thread
    prepare.py   map, resolve references, look up: all that happens to a page of issues at once
    round.py     what the threads of one round share
    doubts.py    ask what became of writes that were never answered
    holding.py   hold a claim while a block runs
    housekeeping.py  forget what is old enough
    carry_out.py plan, apply and record one issue
    backfill.py  the same line over history
    dry_run.py   the same line without its last two steps
    failures.py  what an error means for the issue it hit

The engine tells its listeners what came of everything (`Outcome`) and knows neither metrics nor logs.
"""
