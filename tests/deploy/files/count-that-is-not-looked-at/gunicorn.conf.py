from pathlib import Path

workers = int(Path('workers').read_text())
