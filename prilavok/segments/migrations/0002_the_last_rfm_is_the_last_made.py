from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("segments", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(name="rfmrun", options={"ordering": ["pk"]}),
        migrations.RemoveIndex(model_name="rfmrun", name="segments_last_rfm"),
    ]
