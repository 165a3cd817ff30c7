from httpbin import app as httpbin
from whitenoise import WhiteNoise

app = WhiteNoise(httpbin, root="public", prefix="files/")
