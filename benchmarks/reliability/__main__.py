"""See `command`. Imported by each process that is started, so it imports nothing by itself."""

if __name__ == "__main__":
    from benchmarks.reliability.command import main

    main()
