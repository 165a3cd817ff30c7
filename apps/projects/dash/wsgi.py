from dash import Dash, Input, Output, dcc, html

dash = Dash(__name__)
dash.layout = html.Div([dcc.Input(id="name"), html.P(id="greeting")])


@dash.callback(Output("greeting", "children"), Input("name", "value"))
def greet(name):
    return f"Hello {name}"


server = dash.server
