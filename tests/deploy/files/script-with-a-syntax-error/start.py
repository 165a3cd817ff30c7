import os

os.system(
